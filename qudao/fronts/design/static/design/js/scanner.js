// Codes from a scanner that types (Enter ends a code), from the keyboard or from the camera.
// [data-scan-one] is an input for one code with a button for the camera; [data-scanner] turns a
// textarea (one code a line) into a list that grows. Without script both are plain fields.
(() => {
  const clean = (text) => text.replace(/[\s-]+/g, "").toUpperCase();
  const tell = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  // ---- one code
  function one(host) {
    if (host.dataset.ready) return;
    host.dataset.ready = "yes";
    const input = host.querySelector("input");
    const button = host.querySelector("[data-scan-camera]");
    if (window.qudaoCamera && button) {
      button.hidden = false;
      button.addEventListener("click", () => qudaoCamera.open({
        title: host.dataset.title,
        hint: host.dataset.hint,
        frame: "code",
        from: input,
        onCode(code) {
          input.value = clean(code);
          input.dispatchEvent(new Event("input", { bubbles: true }));
          input.dispatchEvent(new Event("change", { bubbles: true }));
          return true;
        },
      }));
    }
    // Enter after a code goes to the next empty field, and only then sends the form
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !input.value) return;
      const fields = [...input.form.querySelectorAll("input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=file]), select, textarea")];
      const next = fields.slice(fields.indexOf(input) + 1).find((field) => field.required && !field.value && field.offsetParent);
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }

  // ---- many codes
  function many(host) {
    if (host.dataset.ready) return;
    host.dataset.ready = "yes";
    const words = host.dataset;
    const area = host.querySelector("textarea");
    const input = host.querySelector("[data-scanner-input]");
    const list = host.querySelector("[data-scanner-list]");
    const row = host.querySelector("template");
    const count = host.querySelector("[data-scanner-count]");
    const status = host.querySelector("[role=status]");
    const expected = words.expected ? JSON.parse(document.getElementById(words.expected).textContent) : null;
    const most = Number(words.most) || Infinity;
    const codes = new Map();
    host.classList.add("q-scanner-on");
    area.tabIndex = -1;
    area.required = false;
    const label = document.querySelector(`label[for="${CSS.escape(area.id)}"]`);
    if (label) label.htmlFor = input.id;
    for (const name of ["aria-describedby", "aria-invalid"])
      if (area.hasAttribute(name)) input.setAttribute(name, area.getAttribute(name));

    const say = (text, bad) => {
      status.textContent = text;
      status.classList.toggle("q-bad", Boolean(bad));
    };
    function counted() {
      const known = expected ? [...codes.keys()].filter((code) => expected.includes(code)).length : codes.size;
      count.textContent = expected ? tell(words.of, { count: known, all: expected.length }) : tell(words.count, { count: codes.size });
      area.value = [...codes.keys()].join("\n");
      host.dispatchEvent(new CustomEvent("q:codes", { bubbles: true, detail: [...codes.keys()] }));
      area.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function drop(code) {
      const item = codes.get(code);
      const next = item.nextElementSibling || item.previousElementSibling;
      codes.delete(code);
      item.remove();
      counted();
      say(tell(words.dropped, { code }));
      (next ? next.querySelector("button") : input).focus();
    }
    function add(text) {
      const code = clean(text);
      if (!code) return "";
      if (codes.has(code)) {
        const item = codes.get(code);
        item.classList.remove("q-scan-again");
        void item.offsetWidth; // lets the mark show anew
        item.classList.add("q-scan-again");
        return say(tell(words.again, { code }), true), status.textContent;
      }
      if (codes.size >= most) return say(tell(words.full, { most }), true), status.textContent;
      const item = row.content.firstElementChild.cloneNode(true);
      item.querySelector("[data-scan-code]").textContent = code;
      const wrong = expected && !expected.includes(code);
      item.classList.toggle("q-scan-wrong", Boolean(wrong));
      if (!wrong) item.querySelector("[data-scan-wrong]").remove();
      const button = item.querySelector("button");
      button.setAttribute("aria-label", tell(words.drop, { code }));
      button.addEventListener("click", () => drop(code));
      list.prepend(item);
      codes.set(code, item);
      counted();
      say(tell(wrong ? words.wrong : words.added, { code, count: codes.size }), wrong);
      return status.textContent;
    }
    function take(text) {
      let said = "";
      for (const code of text.split(/[\s,;]+/)) said = add(code) || said;
      return said;
    }

    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      if (!input.value.trim()) return; // nothing scanned: Enter sends the form
      event.preventDefault();
      add(input.value);
      input.value = "";
    });
    input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/[\s,;]/.test(text.trim())) return;
      event.preventDefault();
      take(text);
    });
    host.querySelector("[data-scanner-add]").addEventListener("click", () => {
      add(input.value);
      input.value = "";
      input.focus();
    });
    input.form.addEventListener("submit", () => {
      if (input.value.trim()) add(input.value); // typed, and sent without Enter
      input.value = "";
    }, true);
    const button = host.querySelector("[data-scan-camera]");
    if (window.qudaoCamera) {
      button.hidden = false;
      button.addEventListener("click", () => qudaoCamera.open({
        title: words.title,
        hint: words.hint,
        frame: "code",
        from: input,
        onCode: (code) => take(code),
      }));
    }
    take(area.value);
    counted();
    say("");
    if (area.autofocus) input.focus({ preventScroll: true });
  }

  document.addEventListener("q:enhance", (event) => {
    event.detail.querySelectorAll("[data-scan-one]").forEach(one);
    event.detail.querySelectorAll("[data-scanner]").forEach(many);
  });
})();
