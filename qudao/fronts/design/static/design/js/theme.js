// Runs in the head, before anything is painted: an automatic theme follows the device.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
    document.dispatchEvent(new CustomEvent("q:theme"));
  };
  dark.addEventListener("change", apply);
  apply();
})();
