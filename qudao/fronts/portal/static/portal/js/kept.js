// What was scanned or typed stays on the device until the server has it: a lost connection, an
// empty battery or a wrong tap costs nothing. [data-kept="name"] is a form whose fields are kept
// under that name; [data-kept-done="name …"] on a later page says that the server has them.
// Load it before scanner.js: what was kept is put back before the scanner reads its field.
(() => {
  const PREFIX = "q-kept:";
  const DAY_MS = 24 * 3600 * 1000;
  const DROPPED = ["csrfmiddlewaretoken", "request_key"];

  function read(name) {
    try {
      const kept = JSON.parse(localStorage.getItem(PREFIX + name));
      return kept && Date.now() - kept.at < DAY_MS ? kept.fields : null;
    } catch (error) {
      return null; // no storage in this browser, or somebody else's text
    }
  }
  function write(name, fields) {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify({ at: Date.now(), fields }));
    } catch (error) {
      // full, or switched off: the page works without it
    }
  }
  function forget(name) {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch (error) {
      // nothing was kept then
    }
  }

  const kept = (field) => field.name && !DROPPED.includes(field.name)
    && !["hidden", "submit", "button", "radio", "checkbox", "file"].includes(field.type);

  function put_back(form) {
    const fields = read(form.dataset.kept);
    if (!fields) return;
    for (const field of form.elements) {
      if (!kept(field) || !(field.name in fields)) continue;
      if (field.matches("textarea[class~=q-mono]")) {
        // codes: what is there already and what was scanned before, each once
        const codes = new Set(`${field.value}\n${fields[field.name]}`.split(/\s+/).filter(Boolean));
        field.value = [...codes].join("\n");
      } else if (!field.matches("[aria-invalid=true]")) field.value = fields[field.name];
    }
  }

  function keep(form) {
    const fields = {};
    for (const field of form.elements) if (kept(field)) fields[field.name] = field.value;
    write(form.dataset.kept, fields);
  }

  document.addEventListener("q:enhance", (event) => {
    event.detail.querySelectorAll("[data-kept-done]").forEach((part) =>
      part.dataset.keptDone.split(" ").forEach(forget));
    event.detail.querySelectorAll("form[data-kept]").forEach((form) => {
      if (form.dataset.keptReady) return;
      form.dataset.keptReady = "yes";
      put_back(form);
      // from the next turn on: the scanner's own first count is no change by anybody
      setTimeout(() => {
        for (const name of ["input", "change", "q:codes"])
          form.addEventListener(name, () => keep(form));
        if (read(form.dataset.kept) && window.htmx) htmx.trigger(form, "kept:again");
      });
    });
  });

  // ---- forms that save themselves by htmx: say when it did not arrive, send it again later
  function heard(event, lost) {
    const form = event.target.closest && event.target.closest("form[data-kept-lost]");
    if (!form) return;
    const target = document.querySelector(form.getAttribute("hx-target"));
    let note = document.getElementById("kept-lost");
    if (!lost) {
      if (event.detail.successful && !target.querySelector("[role=alert]")) forget(form.dataset.kept);
      return;
    }
    if (!note) {
      note = document.createElement("p");
      note.id = "kept-lost";
      note.className = "q-alert q-alert-warn";
      target.append(note);
    }
    note.textContent = form.dataset.keptLost;
    target.querySelectorAll("[data-kept-saved]").forEach((part) => { part.hidden = true; });
    setTimeout(() => htmx.trigger(form, "kept:again"), 5000);
  }
  document.addEventListener("htmx:afterRequest", (event) => heard(event, !event.detail.xhr || event.detail.xhr.status === 0 || event.detail.xhr.status >= 500));
})();
