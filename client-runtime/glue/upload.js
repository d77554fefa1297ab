// Uploads: chosen, dropped and pasted files go over HTTP, in pieces, and go on after a loss. Loaded with a page that
// has an input for them. What becomes of a file is told by the server, in its island; here it is only sent.

window.holm.part((parts, TAG, is, around, foreign, mixed, astray, changed, owned, parse, put, drop, retext, write, live, isTouched, refocus, begin, end, observe, call, load, queue, fire, emit, part, need, token) => {

/** Bytes of one request; how many files are sent at once; the longest wait before another attempt; how often one begins again. */
const PIECE = 1 << 20, AT_ONCE = 3, LONGEST = 15e3, ANEW = 6;
const ADDRESS = "/__live/upload";
/** Files that wait for their turn, how many are sent, and how many of each input are on their way. */
let waiting = [], busy = 0;
const left = new Map;

const base64 = bytes => btoa(String.fromCharCode(...bytes));
const text = words => base64(new TextEncoder().encode(words));
const lost = () => document.documentElement.dataset.liveStatus != "live";

/** Waits until the page is live, or for so long, whichever comes last. */
const pause = async time => {
  await new Promise(done => setTimeout(done, time));
  while (lost()) await new Promise(done => document.addEventListener("holm:status", done, { once: true }));
};

const ask = (method, address, headers, body) => fetch(address, {
  method,
  body,
  headers: {
    ...headers,
    "tus-resumable": "1.0.0",
    "holm-session": base64(token()).replace(/\+/g, "-").replace(/\//g, "_"),
  },
});

// What was chosen goes on where its input has made room for another.
const tell = (job, state) => fire(job.input.isConnected ? job.input : job.island, "holm:upload", { name: job.file.name, id: job.id, state });

/** How long the server wants to be left alone, in milliseconds: it says seconds or a date; a minute at most. */
const rest = said => Math.min(Math.max(0, said * 1e3 || Date.parse(said) - Date.now() || 0), 6e4);

/** Asks until there is an answer that says something: the server may be away, or have no room. */
const answered = async (job, method, ...all) => {
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST)) {
    let answer, again = 0;
    try {
      answer = await ask(method, ...all);
      const { status } = answer;
      // That nothing takes the file may be because its island is still on its way.
      if (status == 404 && method == "POST" && wait < 5e3 || status == 409 && method != "PATCH" || status == 408 || status == 429 || status > 500)
        again = rest(answer.headers.get("retry-after"));
      else return answer;
    } catch {
      // What a piece has brought until then has to be asked for.
      if (method == "PATCH") return { status: 409 };
    }
    if (!job.island.isConnected) return { status: 410 };
    await pause(Math.max(again, wait * (1 + Math.random()) / 2));
  }
};

/** Begins an upload, or begins it again where the server does not know it any more. */
const create = async job => {
  const { island, field, file, id } = job;
  const answer = await answered(job, "POST", ADDRESS, {
    "upload-length": file.size,
    "upload-metadata": Object.entries({
      island: island.dataset.instance,
      input: field,
      filename: file.name,
      filetype: file.type,
      ...id && { replaces: id },
    }).map(([key, words]) => key + " " + text(words)).join(),
  });
  job.id = answer.headers?.get("location")?.split("/").pop();
  job.at = 0;
  return job.id;
};

/** Sends a file to its end. Says how it ended. */
const run = async job => {
  const { file, island } = job;
  // How many requests in a row brought nothing; whether to ask how much has arrived before more is sent.
  let fails = 0, anew = 0, unsure, piece = PIECE;
  while (job.id) {
    const address = ADDRESS + "/" + job.id, before = job.at;
    // One that was changed on the disk cannot be read any more.
    if (unsure) await file.slice(before, before + 1).arrayBuffer();
    if (!island.isConnected) {
      // Its island is gone, so nobody waits for it.
      ask("DELETE", address).catch(() => {});
      return "cancelled";
    }
    const { status, headers } = await (unsure ? answered(job, "HEAD", address) : answered(job, "PATCH", address, {
      "content-type": "application/offset+octet-stream",
      "upload-offset": before,
    }, file.slice(before, before + piece)));
    if (status == 404) {
      // A server that was restarted has forgotten it; one that forgets it each time will never have it.
      if (anew == ANEW) return "failed";
      await pause(anew && Math.min(500 << anew, LONGEST));
      anew++;
      await create(job);
      unsure = 0;
    } else if (status < 300) {
      job.at = +headers.get("upload-offset");
      if (job.at >= file.size) return "done";
      if (job.at > before) fails = 0;
      unsure = 0;
    } else if (status == 409 || status == 413) {
      // The server may want smaller pieces.
      if (status == 413) piece >>= 1;
      await pause(Math.min(1e3 * fails++, LONGEST));
      unsure = 1;
    } else return status == 410 ? "cancelled" : "failed";
  }
  return "failed";
};

/** Sends those whose turn it is. */
const next = () => {
  while (busy < AT_ONCE && waiting.length) {
    const job = waiting.shift();
    busy++;
    tell(job, "sending");
    run(job).catch(() => {
      ask("DELETE", ADDRESS + "/" + job.id).catch(() => {});
      return "failed";
    }).then(state => {
      busy--;
      finish(job, state);
      next();
    });
  }
};

const finish = (job, state) => {
  const { input } = job, rest = left.get(input) - 1;
  left.set(input, rest);
  tell(job, state);
  // Chosen files stay in the input until none is on its way.
  if (!rest && input.files) input.value = "";
};

let order = Promise.resolve();
/** Has the server know of the files, in the order in which they were chosen, and sends them. */
const take = (input, files) => {
  left.set(input, (left.get(input) || 0) + files.length);
  for (const file of files) {
    const { liveUpload, liveUploadDrop } = input.dataset, job = { input, file, island: around(input, TAG), field: liveUpload ?? liveUploadDrop };
    order = order.then(async () => {
      await pause(0);
      if (await create(job).catch(() => 0)) waiting.push(job);
      else finish(job, "failed");
      next();
    });
  }
};

const chosen = e => {
  const input = around(e.target, "input[type=file][data-live-upload]");
  if (input?.closest(TAG)) take(input, [...input.files]);
};
document.addEventListener("change", chosen);
// What was chosen before this was here.
for (const target of document.querySelectorAll("input[type=file]")) target.files.length && chosen({ target });

/** The input or area for files that are dropped or pasted here. */
const area = e => {
  const found = around(e.target, "[data-live-upload-drop]");
  return found && around(found, TAG) && found;
};
addEventListener("dragover", e => area(e) && e.preventDefault());
for (const type of ["drop", "paste"])
  addEventListener(type, e => {
    const found = area(e), files = [...(e.dataTransfer || e.clipboardData)?.files || []];
    // Office programs put a picture of the text beside it.
    const typed = e.clipboardData?.types.includes("text/plain") && (e.target.isContentEditable || is(e.target, "input,textarea"));
    if (found && files.length && !typed) {
      e.preventDefault();
      take(found, files);
    }
  });

return {};

});
