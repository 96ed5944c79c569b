// A signature drawn by finger, pen or mouse. [data-signature] holds a canvas and a hidden field
// that gets the picture as PNG; whoever cannot draw types the name instead (a part of the form
// that needs no script).
(() => {
  const WIDTH = 900; // of the PNG, whatever the screen
  const HEIGHT = 450;

  function ready(host) {
    if (host.dataset.ready) return;
    host.dataset.ready = "yes";
    host.classList.add("q-signature-on");
    const canvas = host.querySelector("canvas");
    const field = host.querySelector("input[type=hidden]");
    const status = host.querySelector("[role=status]");
    const pen = canvas.getContext("2d");
    const ink = getComputedStyle(canvas).color;
    let strokes = []; // lists of [x, y, width], in parts of the pad's width
    let stroke = null;

    function line(to, scale, points, first) {
      to.strokeStyle = to.fillStyle = ink;
      to.lineCap = to.lineJoin = "round";
      if (points.length === 1) {
        const [x, y, width] = points[0];
        to.beginPath();
        to.arc(x * scale, y * scale, (width * scale) / 2, 0, 2 * Math.PI);
        to.fill();
      }
      for (let place = Math.max(1, first); place < points.length; place += 1) {
        const [x0, y0] = points[place - 1];
        const [x1, y1, width] = points[place];
        to.beginPath();
        to.lineWidth = width * scale;
        to.moveTo(x0 * scale, y0 * scale);
        to.lineTo(x1 * scale, y1 * scale);
        to.stroke();
      }
    }
    function fit() {
      const box = canvas.getBoundingClientRect();
      if (!box.width) return;
      canvas.width = Math.round(box.width * devicePixelRatio);
      canvas.height = Math.round(box.height * devicePixelRatio);
      for (const points of strokes) line(pen, canvas.width, points, 0);
    }
    function save() {
      host.classList.toggle("q-signature-done", strokes.length > 0);
      if (!strokes.length) {
        field.value = "";
        return;
      }
      const sheet = document.createElement("canvas");
      sheet.width = WIDTH;
      sheet.height = HEIGHT;
      const to = sheet.getContext("2d");
      to.fillStyle = "#fff";
      to.fillRect(0, 0, WIDTH, HEIGHT);
      for (const points of strokes) line(to, WIDTH, points, 0);
      field.value = sheet.toDataURL("image/png");
      status.textContent = host.dataset.drawn;
    }
    function point(event) {
      const box = canvas.getBoundingClientRect();
      const force = event.pointerType === "pen" && event.pressure ? 0.5 + event.pressure : 1;
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.width, 0.0075 * force];
    }

    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      stroke = [point(event)];
      line(pen, canvas.width, stroke, 0);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!stroke) return;
      const from = stroke.length;
      for (const one of event.getCoalescedEvents ? event.getCoalescedEvents() : [event]) stroke.push(point(one));
      if (stroke.length === from) stroke.push(point(event));
      line(pen, canvas.width, stroke, from);
    });
    const end = () => {
      if (!stroke) return;
      strokes.push(stroke);
      stroke = null;
      save();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    host.querySelector("[data-signature-clear]").addEventListener("click", () => {
      strokes = [];
      fit();
      save();
      status.textContent = host.dataset.cleared;
    });
    new ResizeObserver(fit).observe(canvas);
    fit();
  }

  document.addEventListener("q:enhance", (event) => event.detail.querySelectorAll("[data-signature]").forEach(ready));
})();
