// What the development panel shows, in a shadow root beside the page's body: made when it is opened first.
(() => {
const panel = window.holm.panel, { faults, store } = panel, page = document.documentElement;

const make = (tag, words, ...kids) => {
  const made = Object.assign(document.createElement(tag), words);
  made.append(...kids);
  return made;
};
const number = (value, oninput) => make("input", { type: "number", min: 0, value, oninput });
const fault = (name, label) => make("label", {}, label + " ", number(faults[name], e => faults[name] = Math.max(0, e.target.value)));
const button = (label, onclick) => make("button", { onclick }, label);
const row = (kind, cells) => make("tr", {}, ...cells.map(each => make(kind, {}, each)));

const host = make("holm-panel"), root = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet;
sheet.replaceSync(`:host{all:initial;color-scheme:light dark}
section{position:fixed;inset:auto 0 0;z-index:99999;box-sizing:border-box;max-height:50%;overflow:auto;padding:0 1em 1em;background:Canvas;color:CanvasText;border-top:2px solid;font:13px/1.5 system-ui}
header{position:sticky;top:0;display:flex;gap:1em;align-items:center;padding:.5em 0;background:Canvas}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(30em,100%),1fr));gap:0 2em}
header p{flex:1}
h2,h3,p,ul,pre{margin:0 0 .5em;font-size:1em}
header *{margin:0}
table{width:100%;margin:0 0 .5em}
th,td{text-align:start;vertical-align:top}
label{display:inline-block;margin:0 1em .5em 0}
[type=number]{width:5em}
button,[type=number]{font:inherit;min-height:2em}
[type=checkbox]{vertical-align:middle}
summary,pre{font:12px/2 monospace;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{section{display:none}}`);
root.adoptedStyleSheets = [sheet];

const facts = make("p"), islands = make("tbody"), errors = make("ul"), frames = make("div"), seconds = number(5), offline = button("", () => {
  panel.offline(panel.left() > 0 ? 0 : Math.min(3600, Math.max(0, seconds.value)) * 1e3);
  tell();
}), close = button("Close", () => show());
/** Says how long it is still offline, and that this can be ended. */
const tell = () => {
  const left = panel.left();
  offline.textContent = left > 0 ? `Go online again (${Math.ceil(left / 1e3)} s left)` : "Go offline";
  left > 0 && setTimeout(tell, 250);
};
tell();
const section = make("section", { role: "dialog", ariaLabel: "Holm" },
  make("header", {}, make("h2", {}, "Holm"), facts, close),
  make("main", {},
    make("div", {},
      make("table", {}, make("thead", {}, row("th", ["Island", "Id", "Last event", "Unanswered", "Seal"])), islands),
      make("h3", {}, "Network"),
      fault("latency", "Latency, ms"), fault("jitter", "Jitter, ms"), fault("up", "Lost up, %"), fault("down", "Lost down, %"),
      make("p", {}, "A lost frame ends its connection: on one, nothing is skipped and nothing overtakes. Jitter changes what crosses what. Over HTTP, requests are late or lost."),
      button("Cut the connection", () => panel.cut("cut")), " ",
      offline, " ", make("label", {}, "for seconds ", seconds),
      make("h3", {}, "Errors"), errors),
    make("div", {},
      make("h3", {}, "Frames"),
      make("label", {}, make("input", { type: "checkbox", checked: store.holmFrames, onchange: e => store.holmFrames = e.target.checked || "" }), " also to the console"),
      frames)));
root.append(section);

let drawn, back;
const draw = panel.draw = () => {
  drawn ||= host.isConnected && requestAnimationFrame(() => {
    drawn = 0;
    facts.textContent = `${page.dataset.liveStatus} · ${panel.transport} · connection ${panel.connections}${panel.trip >= 0 ? ` · answer in ${Math.round(panel.trip)} ms` : ""}`;
    islands.replaceChildren(...panel.islands.map(({ name, instance, id, seq, waits, seal, changed }) => row("td",
      [name + " " + instance, id, seq, waits.map(each => each[0]).join(" "), /^[1-9]/.test(seal) ? seal + (changed ? ", from before the last change" : "") : "none"])));
    for (const [up, size, kind, fields, time] of panel.frames.splice(0)) {
      frames.prepend(make("details", {},
        make("summary", {}, `${(time / 1e3).toFixed(3)} ${up ? "↑ up" : "↓ down"} ${kind}${fields.name ? " " + fields.name : ""} ${size || 0} B`),
        make("pre", {}, JSON.stringify(fields, null, 1))));
      if (fields.word) errors.prepend(make("li", {}, fields.word + ": " + fields.sentence));
    }
    while (frames.children[50]) frames.lastChild.remove();
    while (errors.children[5]) errors.lastChild.remove();
  });
};
const show = panel.show = () => {
  if (host.isConnected) {
    // Focus goes back only from here.
    const within = document.activeElement == host;
    host.remove();
    within && back.focus();
  } else {
    back = document.activeElement;
    page.append(host);
    draw();
    close.focus();
  }
};
document.addEventListener("holm:status", draw);
// What is typed in it is no business of the page's.
for (const type of ["keydown", "keyup", "input", "change", "click"]) root.addEventListener(type, e => {
  e.stopPropagation();
  e.key == "Escape" && show();
});
show();
})();
