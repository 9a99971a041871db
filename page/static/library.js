// Documents: taking in, switching on and off, deleting with undo, suggested questions. Then the start.
function shelve(told) {
  if (told.error || !("library" in told)) return;
  const open = [...at("library").querySelectorAll("details[open] [data-open]")].map((button) => button.dataset.open);
  at("library").innerHTML = told.library;
  for (const id of open) at("library").querySelector(`[data-open="${CSS.escape(id)}"]`)?.closest("details").setAttribute("open", "");
  at("empty").hidden = !told.empty;
  if ("pills" in told) at("pills").innerHTML = told.pills;
}

function line(html, kind) {
  const row = document.createElement("li");
  if (kind) row.className = kind;
  row.innerHTML = html;
  at("results").append(row);
  row.scrollIntoView({ block: "nearest" });
  return row;
}

function doing(what, name) {
  const row = line("");
  row.className = "doing";
  const words = document.createElement("span");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", `Progress of ${name}`);
  words.textContent = `${what} ${name}`;
  row.append(words, bar);
  return { row, bar, words };
}

function upload(file, progress) {
  return new Promise((done) => {
    const form = new FormData();
    form.append("files", file);
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => {
      let said = null;
      try { said = JSON.parse(request.responseText); } catch { /* not JSON: what broke off */ }
      done(said?.[0] ?? { error: said?.error ?? (request.status === 413 ? "it is too large" : null) });
    };
    request.onerror = () => done(null);
    request.open("POST", base + "upload");
    request.send(form);
  });
}

async function takeIn(path, name, shown) {
  shown.words.textContent = `Indexing ${name}`;
  shown.bar.removeAttribute("value");
  const told = await act("take_in", { path, name });
  shown.row.className = told.state ?? "failed";
  if (told.error) shown.row.textContent = `failed ${name}: ${told.error}`;
  else shown.row.innerHTML = told.line;
}

let queue = Promise.resolve(); // one after the other: each has its own line
function add(files) {
  view("documents");
  at("results").replaceChildren();
  for (const file of files) queue = queue.then(() => addOne(file));
  queue = queue.then(async () => shelve(await act("library"))); // once: it is as long as all that was added before
}

async function addOne(file) {
  const shown = doing("Uploading", file.name);
  const path = await upload(file, (part) => { shown.bar.value = part; });
  if (typeof path !== "string") {
    shown.row.className = "failed";
    shown.row.textContent = `failed ${file.name}: ${path?.error ?? "the upload broke off; add it again"}`;
    return;
  }
  if (!/\.zip$/i.test(file.name)) return takeIn(path, file.name, shown);
  shown.words.textContent = `Unpacking ${file.name}`;
  const told = await act("unpack", { path });
  shown.row.remove();
  if (told.error) { const row = line("", "failed"); row.textContent = `failed ${file.name}: ${told.error}`; return; }
  for (const member of told.files) await takeIn(member.path, member.name, doing("Indexing", member.name));
  for (const html of told.skipped) line(html, "skipped");
}

at("files").addEventListener("change", () => { add([...at("files").files]); at("files").value = ""; });
at("first").addEventListener("click", () => { view("documents"); at("files").click(); });
let over;
document.addEventListener("dragover", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  at("add").classList.add("over");
  clearTimeout(over);
  over = setTimeout(() => at("add").classList.remove("over"), 300);
});
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  add([...event.dataTransfer.files]);
});

at("library").addEventListener("change", async (event) => {
  const box = event.target;
  const doc = box.dataset.switch;
  if (!doc) return;
  const told = await act("switch", { doc, on: box.checked, since: state.since, as_of: state.as_of });
  if (told.error) box.checked = !box.checked;
  shelve(told);
  at("library").querySelector(`[data-switch="${CSS.escape(doc)}"]`)?.focus();
});
at("library").addEventListener("click", async (event) => {
  const gone = event.target.closest("[data-remove]");
  if (gone) {
    const source = gone.dataset.remove;
    const name = source.split("/").pop();
    const told = await act("remove", { source });
    if (told.error) return;
    shelve(told);
    at("panel-title").focus();
    toast(`${name} is deleted.`, "", told.undo ? async () => {
      const back = await act("bring_back", { source });
      shelve(back);
      if (!back.error) toast(`${name} is back.`);
    } : null);
  }
  const suggest = event.target.closest("[data-suggest]");
  if (suggest) {
    const place = suggest.closest(".inside").querySelector(".suggested");
    suggest.disabled = true;
    place.innerHTML = '<p class="stage"><span class="dot" aria-hidden="true"></span>Asking what it answers</p>';
    const told = await act("suggest", { doc: suggest.dataset.suggest });
    place.innerHTML = told.error ? "" : told.html;
    suggest.disabled = false;
  }
});

at("theme").addEventListener("click", () => {
  const dark = document.body.classList.toggle("dark");
  try { localStorage.setItem("footnote-theme", dark ? "dark" : "light"); } catch { /* private windows */ }
});
try {
  const kept = localStorage.getItem("footnote-theme");
  if (kept) document.body.classList.toggle("dark", kept === "dark");
} catch { /* private windows */ }

act("start").then((told) => {
  if (told.error) return;
  shelve(told);
  listed(told.conversations);
  at("footnote").dataset.ready = "";
  at("question").focus({ preventScroll: true });
});
