// Two widgets that know nothing of the server: a curve on a canvas, mounted on elements of the page, and a dial that is
// a custom element of its own. What they show is in their elements' attributes.

/** Draws the points of an element over its width, in the colour of its text. */
function draw(element) {
  const canvas = element.firstElementChild;
  const points = element.dataset.points.split(' ').map(Number);
  const [width, height, fine] = [element.clientWidth, element.clientHeight, devicePixelRatio];
  Object.assign(canvas, { width: width * fine, height: height * fine });
  const pen = canvas.getContext('2d');
  pen.scale(fine, fine);
  pen.strokeStyle = getComputedStyle(element).color;
  pen.lineWidth = 2;
  pen.beginPath();
  const top = Math.max(...points, 1);
  points.forEach((point, at) => pen.lineTo(at * width / (points.length - 1), height - 3 - point / top * (height - 6)));
  pen.stroke();
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => draw(target)));
const scheme = matchMedia('(prefers-color-scheme: dark)');
const mounted = new Set();
scheme.addEventListener('change', () => mounted.forEach(draw));

(window.holmWidgets ||= []).push(['spark', {
  mount(element) {
    element.append(document.createElement('canvas'));
    mounted.add(element);
    // Draws for the first time as well.
    sizes.observe(element);
  },
  update: draw,
  unmount(element) {
    mounted.delete(element);
    sizes.unobserve(element);
  },
}]);

const style = new CSSStyleSheet;
style.replaceSync(`
  button { display: block; width: 100%; padding: 0; font: inherit; color: inherit; background: none; border: 0; border-radius: .5rem; cursor: pointer }
  button:focus-visible { outline: 3px solid currentColor; outline-offset: 2px }
  svg { display: block; width: 100%; direction: ltr }
  .rim { fill: none; stroke: currentColor; stroke-opacity: .35; stroke-width: 6; stroke-linecap: round }
  .hand { stroke: currentColor; stroke-width: 4; stroke-linecap: round }
  .mark { stroke: currentColor; stroke-width: 10; stroke-opacity: .6 }
  .mark[hidden] { display: none }
`);

customElements.define('tide-dial', class extends HTMLElement {
  static observedAttributes = ['data-level'];
  #mark = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [style];
    root.innerHTML = `<button type="button"><svg viewBox="0 0 100 60" aria-hidden="true">
      <path class="rim" d="M10 55a40 40 0 0 1 80 0"/><line class="mark" x1="13" x2="7" y1="55" y2="55" hidden=""/>
      <line class="hand" x1="50" x2="16" y1="55" y2="55"/></svg></button>`;
    root.querySelector('button').addEventListener('click', () => {
      this.#mark = this.#mark === null ? this.dataset.level : null;
      this.#show();
    });
  }

  // Its being moved is nothing to it: no clean-up, no beginning anew.
  connectedMoveCallback() {}
  connectedCallback() { this.#show(); }
  attributeChangedCallback() { this.#show(); }

  #show() {
    const turn = (line, level) => line.setAttribute('transform', `rotate(${level * 0.9} 50 55)`);
    const [mark, hand] = this.shadowRoot.querySelectorAll('line');
    turn(hand, this.dataset.level);
    turn(mark, this.#mark ?? 0);
    mark.toggleAttribute('hidden', this.#mark === null);
    const button = this.shadowRoot.querySelector('button');
    const set = this.#mark === null ? 'no mark is set' : `marked at ${this.#mark} cm`;
    button.setAttribute('aria-pressed', String(this.#mark !== null));
    button.setAttribute('aria-label', `Mark the reading of ${this.dataset.name}; ${set}`);
  }
});
