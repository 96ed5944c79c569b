// Draws <figure data-diagram="ADDRESS"> with bpmn-js from the JSON there:
// { xml, passed: [element], waiting: [element], done: [{ element, who, at }] }
// One moves it sideways by dragging or with the arrow keys. Colours are the tokens'; the maker's mark
// in the corner is the licence's and stays in sight, with room of its own (FOOT).
(() => {
  const STEP = 1.25;
  const MARGIN = 20;
  const FOOT = 40;
  const LEAST = 0.7; // smaller than that nobody reads it
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function note(one) {
    const text = document.createElement("div");
    text.className = "o-doer";
    const who = document.createElement("strong");
    who.textContent = one.who;
    const at = document.createElement("span");
    at.textContent = one.at;
    text.append(who, at);
    return text;
  }

  async function draw(figure) {
    const view = figure.querySelector(".o-diagram-view");
    const status = figure.querySelector("figcaption [role=status]");
    try {
      if (!figure.known) {
        const answer = await fetch(figure.dataset.diagram, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        figure.known = await answer.json();
      }
      const spec = figure.known;
      figure.viewer?.destroy();
      const host = document.createElement("div");
      host.className = "o-diagram-host";
      view.replaceChildren(host);
      const viewer = new BpmnJS({
        container: host,
        bpmnRenderer: {
          defaultFillColor: token("--q-surface"),
          defaultStrokeColor: token("--q-ink-3"),
          defaultLabelColor: token("--q-ink"),
        },
        textRenderer: { defaultStyle: { fontFamily: token("--q-font"), fontSize: 12 } },
      });
      figure.viewer = viewer;
      await viewer.importXML(spec.xml);
      const canvas = viewer.get("canvas");
      const elements = viewer.get("elementRegistry");
      const mark = (names, marker) => names.filter((name) => elements.get(name)).forEach((name) => canvas.addMarker(name, marker));
      mark(spec.passed, "o-passed");
      mark(spec.waiting, "o-waiting");
      for (const one of spec.done) {
        if (!elements.get(one.element)) continue;
        viewer.get("overlays").add(one.element, { position: { top: -20, left: 12 }, html: note(one), show: { minZoom: 0.6 } });
      }
      const { inner } = canvas.viewbox();
      const wide = inner.width + 2 * MARGIN;
      const high = inner.height + 2 * MARGIN + FOOT;
      // The view is as high as the diagram: only sideways is there more than one sees.
      const show = (scale, x) => {
        figure.scale = Math.min(2, Math.max(0.3, scale));
        host.style.height = `${Math.ceil(high * figure.scale)}px`;
        canvas.resized();
        const width = host.clientWidth / figure.scale;
        const most = inner.x - MARGIN + Math.max(0, wide - width);
        figure.x = Math.max(inner.x - MARGIN, Math.min(most, x ?? figure.x));
        canvas.viewbox({ x: figure.x, y: inner.y - MARGIN, width, height: high });
      };
      figure.show = show;
      const first = spec.waiting.map((name) => elements.get(name)).find(Boolean);
      const scale = figure.scale || Math.min(1, Math.max(LEAST, host.clientWidth / wide));
      show(scale, figure.x ?? (first ? first.x - host.clientWidth / scale / 2 + 50 : inner.x));
      status.textContent = "";
    } catch (error) {
      status.textContent = figure.dataset.failed;
      figure.classList.add("o-diagram-failed");
      throw error;
    }
  }

  for (const figure of document.querySelectorAll("[data-diagram]")) {
    const view = figure.querySelector(".o-diagram-view");
    const pan = (pixels) => figure.show?.(figure.scale, figure.x + pixels / figure.scale);
    figure.addEventListener("click", (event) => {
      const button = event.target.closest("[data-zoom]");
      if (button && figure.show) figure.show(figure.scale * (button.dataset.zoom === "in" ? STEP : 1 / STEP));
    });
    view.addEventListener("keydown", (event) => {
      const pixels = { ArrowLeft: -80, ArrowRight: 80 }[event.key];
      if (!pixels) return;
      event.preventDefault();
      pan(pixels);
    });
    let last = null;
    view.addEventListener("pointerdown", (event) => {
      if (event.target.closest("a")) return; // the maker's mark
      last = event.clientX;
      view.setPointerCapture(event.pointerId);
    });
    view.addEventListener("pointermove", (event) => {
      if (last === null) return;
      pan(last - event.clientX);
      last = event.clientX;
    });
    for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, () => { last = null; });
    addEventListener("resize", () => figure.show?.(figure.scale));
    document.addEventListener("q:theme", () => draw(figure));
    draw(figure);
  }
})();
