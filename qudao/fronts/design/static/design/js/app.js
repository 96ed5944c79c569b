// What every page shares: menus, dialogs, toasts, shortcuts, live parts, one-click forms.
// Pages work without it; it adds speed and comfort. No inline handlers anywhere: see the CSP.
(() => {
  const body = document.body;

  // ---- live parts: hx-trigger="every 5s, refresh"; they rest while nobody looks
  body.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.closest("[data-live]")) event.preventDefault();
    else if (!event.target.closest("[data-live]")) body.classList.add("q-busy");
  });
  for (const done of ["htmx:afterRequest", "htmx:sendError", "htmx:timeout"])
    body.addEventListener(done, () => body.classList.remove("q-busy"));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && window.htmx)
      document.querySelectorAll("[data-live]").forEach((part) => htmx.trigger(part, "refresh"));
  });
  body.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
  });
  // Refusals come with a 4xx or 503 status and a page to show; a plain page (too many requests,
  // not allowed, a fault) goes into the main part; who was signed out goes to sign in.
  body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (new URL(xhr.responseURL, location.href).pathname.startsWith("/accounts/")) {
      event.detail.shouldSwap = false;
      location.assign(event.target.closest("[data-live]") ? location.href : xhr.responseURL);
      return;
    }
    if (event.target.id !== "main-inner") return;
    const whole = xhr.responseText.includes('id="main-inner"');
    if (!whole && !xhr.responseText.includes("q-plain-card")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    if (whole) return;
    event.detail.selectOverride = ".q-plain-card";
    event.detail.swapOverride = "innerHTML";
  });
  // No answer at all: say so, and let the form be sent again (under the same request key).
  for (const fault of ["htmx:sendError", "htmx:timeout", "htmx:responseError"])
    body.addEventListener(fault, (event) => {
      if (event.target.closest("[data-live]")) return;
      const words = document.getElementById("no-answer");
      const toasts = document.getElementById("toasts");
      if (words && toasts) toasts.append(words.content.cloneNode(true));
      sendable();
    });
  // a page put in place by htmx is read out and keyed like one that was loaded
  body.addEventListener("htmx:afterSettle", (event) => {
    enhance(event.target);
    if (event.target.id === "main") {
      const first = event.target.querySelector("[autofocus]");
      (first || event.target).focus({ preventScroll: true });
      if (first && first.select) first.select();
      window.scrollTo({ top: 0 });
    }
  });

  // ---- click: dialogs, toasts, one sending only
  body.addEventListener("click", (event) => {
    const open = event.target.closest("[data-dialog-open]");
    if (open) {
      const dialog = document.getElementById(open.dataset.dialogOpen);
      if (dialog && dialog.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
    }
    const close = event.target.closest("[data-dialog-close]");
    if (close) close.closest("dialog").close();
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".q-toast").remove();
    const print = event.target.closest("[data-print]");
    if (print) window.print();
    for (const menu of document.querySelectorAll("details.q-menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  body.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (form.matches("[data-once]")) {
      form.dataset.sent = "yes";
      form.querySelectorAll("[type=submit]").forEach((button) => button.setAttribute("aria-disabled", "true"));
    }
  }, true);
  // the browser may show a kept page again: its form may then be sent again (under the same key)
  function sendable() {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  }
  window.addEventListener("pageshow", sendable);
  body.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // ---- shortcuts: any element with data-key="F2" or data-key="1"
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.q-menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
        return;
      }
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const field = event.target.closest("input, textarea, select");
    const typing = field && !["radio", "checkbox", "submit", "button"].includes(field.type);
    if (typing && event.key.length === 1) return;
    if (typing && event.key === "Escape") return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input[type=radio]")) {
      target.checked = true;
      target.focus();
      target.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (target.matches("input, select, textarea")) {
      target.focus();
      if (target.select) target.select();
    } else target.click();
  });

  // ---- the till's keypad and the amount chips
  body.addEventListener("click", (event) => {
    const key = event.target.closest("[data-press]");
    if (key) {
      const field = document.getElementById(key.closest("[data-keypad]").dataset.keypad);
      if (key.dataset.press === "back") field.value = field.value.slice(0, -1);
      else if (field.value.length < (field.maxLength > 0 ? field.maxLength : 20)) field.value += key.dataset.press;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const chip = event.target.closest("[data-fill]");
    if (chip) {
      const field = document.getElementById(chip.dataset.fillInto);
      field.value = chip.dataset.fill;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus({ preventScroll: true });
    }
  });
  body.addEventListener("input", (event) => {
    document.querySelectorAll(`[data-fill-into="${CSS.escape(event.target.id)}"]`).forEach((chip) =>
      chip.setAttribute("aria-pressed", String(chip.dataset.fill === event.target.value)));
    // eleven digits are a whole number: the next step needs no key
    if (event.target.matches("[data-auto-next]") && /^1[3-9]\d{9}$/.test(event.target.value))
      event.target.form.querySelector("[type=submit]").focus();
  });

  const touch = matchMedia("(hover: none) and (pointer: coarse)");
  function enhance(part) {
    const scope = part.querySelectorAll ? part : document;
    scope.querySelectorAll("[data-keypad]").forEach((pad) => {
      const field = document.getElementById(pad.dataset.keypad);
      if (!field || !touch.matches) return;
      pad.closest(".q-keypad-host").classList.add("q-keypad-on");
      field.inputMode = "none";
    });
    // of a long row of tabs the present one is seen
    scope.querySelectorAll(".q-tabs-row [aria-current]").forEach((tab) => {
      const row = tab.parentElement;
      row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.clientWidth) / 2;
    });
    scope.querySelectorAll(".q-toast").forEach((toast) => setTimeout(() => toast.remove(), 8000));
    if (window.qudaoCharts) window.qudaoCharts.draw(scope);
    // scanner, picture, signature, countdown, map: each in a script of its own
    document.dispatchEvent(new CustomEvent("q:enhance", { detail: scope }));
  }
  enhance(document);
})();
