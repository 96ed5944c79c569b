// A kiosk's page: fingers only, and nothing stays on the screen when nobody is there any more.
(() => {
  const body = document.body;

  // no menus, no pictures to drag away
  for (const name of ["contextmenu", "dragstart"])
    document.addEventListener(name, (event) => event.preventDefault());

  body.addEventListener("click", (event) => {
    const clear = event.target.closest("[data-clear]");
    if (clear) document.getElementById(clear.dataset.clear).value = "";
  });

  // ---- after a while without a touch: ask, count down, and leave
  const dialog = document.getElementById("still-there");
  if (!dialog) return;
  const asked_after_ms = Number(dialog.dataset.askedAfter) * 1000;
  const shown = dialog.querySelector("[data-seconds]");
  const COUNT = Number(shown.textContent);
  const HERE_MS = 30000;
  let touched_at = Date.now();
  let told_at = Date.now();
  let leaving = false;

  // the server has a clock of its own: it is told of touches that send nothing
  function tell() {
    told_at = Date.now();
    const token = document.querySelector("meta[name=csrf-token]").content;
    fetch(dialog.dataset.here, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => {});
  }
  function touched() {
    touched_at = Date.now();
    if (dialog.open) dialog.close();
    if (Date.now() - told_at > HERE_MS) tell();
  }
  for (const name of ["pointerdown", "keydown"])
    document.addEventListener(name, (event) => {
      if (!dialog.open) touched();
    }, true);
  dialog.querySelector("[data-still-here]").addEventListener("click", () => {
    touched();
    tell();
  });
  dialog.addEventListener("cancel", touched);

  setInterval(() => {
    if (leaving) return;
    const left = Math.ceil((touched_at + asked_after_ms + COUNT * 1000 - Date.now()) / 1000);
    if (left > COUNT) return;
    if (left <= 0) {
      leaving = true;
      dialog.querySelector("[data-leave]").submit();
      return;
    }
    shown.textContent = String(left);
    if (!dialog.open) dialog.showModal();
  }, 250);
})();
