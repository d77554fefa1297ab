// Functions that run inside the page.

/** Runs morph cases; answers what failed. */
export const runCases = cases => {
  const failed = [];
  let island;
  const at = path => path.reduce((node, index) => node?.childNodes[index], island);
  for (const { name, style, from, target, to, setup, focus, expect, parsed, keep, liveAfter, focusAfter, checks } of cases) {
    const fail = what => failed.push(`${name}: ${what}`);
    // A new island for each: what this function writes is what the server sent.
    document.body.replaceChildren(island = document.createElement("holm-island"));
    island.innerHTML = from;
    for (const { path, prop, value } of setup ?? []) {
      const node = at(path);
      if (prop == "selectedIndexes") [...node.options].forEach((option, index) => (option.selected = value.includes(index)));
      else node[prop] = value;
    }
    if (focus) {
      const field = at(focus.path);
      field.focus();
      if (focus.start != null) field.setSelectionRange(focus.start, focus.end);
    }
    const kept = (keep ?? []).map(([path, later, id]) => [at(path), later, id]).filter(([, , id]) => id);
    const model = island.cloneNode(true);
    const place = target.reduce((node, index) => node.childNodes[index], model);
    if (style == "inner") place.innerHTML = to;
    else {
      const parsed = place.parentNode.cloneNode();
      parsed.innerHTML = to;
      place.replaceWith(...parsed.childNodes);
    }
    const put = Node.prototype.insertBefore, move = Element.prototype.moveBefore;
    if (focus && focusAfter && focus.start != focusAfter.start) {
      // The case changes the selection while nodes move.
      const meddle = job => function (...nodes) {
        at(focus.path)?.setSelectionRange?.(focusAfter.start, focusAfter.end);
        return job.apply(this, nodes);
      };
      Node.prototype.insertBefore = meddle(put);
      if (move) Element.prototype.moveBefore = meddle(move);
    }
    try {
      holm.morph(island, model.innerHTML);
    } catch (error) {
      fail(error.stack);
      continue;
    } finally {
      Node.prototype.insertBefore = put;
      if (move) Element.prototype.moveBefore = move;
    }
    if (checks.includes("html")) {
      const wanted = document.createElement("holm-island");
      wanted.innerHTML = parsed ?? expect;
      if (!wanted.isEqualNode(island)) fail(`html is ${island.innerHTML}\nnot ${wanted.innerHTML}`);
    }
    if (checks.includes("keepIds"))
      for (const [node, path, id] of kept) if (at(path) != node) fail(`#${id} is another node`);
    if (checks.includes("focus") && focusAfter) {
      const field = at(focusAfter.path);
      if (document.activeElement != field) fail(`focus is on ${document.activeElement.outerHTML}`);
      else if (focusAfter.start != null && (field.selectionStart != focusAfter.start || field.selectionEnd != focusAfter.end))
        fail(`selection is ${field.selectionStart} to ${field.selectionEnd}`);
    }
    if (checks.includes("liveAfter"))
      for (const { path, prop, value } of liveAfter) {
        const now = prop == "selectedIndexes" ? [...at(path).options].flatMap((o, i) => (o.selected ? [i] : [])) : at(path)[prop];
        if (JSON.stringify(now) != JSON.stringify(value)) fail(`${prop} is ${JSON.stringify(now)}, not ${JSON.stringify(value)}`);
      }
  }
  return failed;
};

/** Runs keyed list cases, each by its program when there is one, else by morph; answers what failed and how often a node was taken out or put in. */
export const runLists = cases => {
  const failed = [];
  let total = 0;
  for (const { name, from, to, before, after, program, minOps } of cases) {
    const island = document.createElement("holm-island");
    document.body.replaceChildren(island);
    island.innerHTML = before;
    const list = island.firstElementChild, rows = new Map(from.map((key, index) => [key, list.children[index]]));
    const observer = new MutationObserver(() => {});
    observer.observe(list, { childList: true });
    const done = program ? holm.apply(island, new Uint8Array(program)) : (holm.morph(island, after), true);
    // As the cases' total counts: a move takes a node out and puts it in.
    const added = [], removed = [];
    for (const record of observer.takeRecords()) {
      added.push(...record.addedNodes);
      removed.push(...record.removedNodes);
    }
    observer.disconnect();
    total += added.length + removed.length;
    const gone = removed.filter(node => !added.includes(node)).length;
    const order = [...list.children].map(row => row.dataset.key);
    if (!done) failed.push(`${name}: not applied`);
    if (order.join() != to.join()) failed.push(`${name}: ${order} is not ${to}`);
    const wanted = document.createElement("holm-island");
    wanted.innerHTML = after;
    if (!wanted.isEqualNode(island)) failed.push(`${name}: html is ${island.innerHTML}`);
    for (const [key, row] of rows)
      if (to.includes(key) && !(row.parentNode == list && row.dataset.key == key)) failed.push(`${name}: ${key} is another node`);
    if (minOps && (added.length > minOps.insertBefore || gone > minOps.removeChild))
      failed.push(`${name}: ${added.length} put in and ${gone} taken out, not ${minOps.insertBefore} and ${minOps.removeChild}`);
  }
  return { failed, total };
};

/** Counts the mutation records that a job on the page's island leaves. */
export const countRecords = ([job, ...words]) => {
  const island = document.querySelector("holm-island"), observer = new MutationObserver(() => {});
  observer.observe(island, { subtree: true, childList: true, attributes: true, characterData: true });
  holm[job](island, ...words);
  const count = observer.takeRecords().length;
  observer.disconnect();
  return count;
};
