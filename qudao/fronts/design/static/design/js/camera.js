// The camera, in a dialog that the page carries once (design/camera.html): reads codes, takes
// pictures. Codes are read by the browser where it can, else by ZXing, fetched when first needed.
(() => {
  const FORMATS = ["code_128", "code_39", "ean_13", "itf", "qr_code", "data_matrix"];
  const AGAIN_MS = 2500; // the same code before the lens counts once
  const LOOK_MS = 120;
  const dialog = document.getElementById("camera");
  if (!dialog || !dialog.showModal) return;
  const video = dialog.querySelector("video");
  const words = dialog.dataset;
  const say = (text) => { dialog.querySelector("[role=status]").textContent = text; };
  let stream = null;
  let job = null;
  let facing = "environment";

  function fault(error) {
    if (error.name === "NotAllowedError" || error.name === "SecurityError") return words.denied;
    if (error.name === "NotReadableError" || error.name === "AbortError") return words.busy;
    return words.none;
  }

  async function start(mine) {
    stop();
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia)
      return say(window.isSecureContext ? words.none : words.insecure);
    say(words.starting);
    let opened = null;
    try {
      opened = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: facing }, width: { ideal: 1920 }, height: { ideal: 1080 } },
      });
    } catch (error) {
      dialog.classList.remove("q-camera-on");
      return say(fault(error));
    }
    if (job !== mine || !dialog.open) return opened.getTracks().forEach((track) => track.stop());
    stream = opened;
    video.srcObject = stream;
    try {
      await video.play();
    } catch (error) {
      return say(words.busy);
    }
    dialog.classList.add("q-camera-on");
    say(mine.hint || "");
    if (mine.onCode) look(mine);
  }

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    dialog.classList.remove("q-camera-on");
  }

  async function browsers() {
    if (!("BarcodeDetector" in window)) return null;
    try {
      const can = await BarcodeDetector.getSupportedFormats();
      const formats = FORMATS.filter((format) => can.includes(format));
      if (!formats.length) return null;
      const detector = new BarcodeDetector({ formats });
      return async () => (await detector.detect(video)).map((one) => one.rawValue);
    } catch (error) {
      return null; // named by the browser, but not there on this device
    }
  }

  let library = null;
  function zxing() {
    library ||= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = words.reader;
      script.onload = () => done(window.ZXing);
      script.onerror = () => { library = null; failed(new Error("reader")); };
      document.head.append(script);
    });
    return library;
  }

  async function ours() {
    const ZXing = await zxing();
    const { BarcodeFormat: kind } = ZXing;
    const reader = new ZXing.MultiFormatReader();
    reader.setHints(new Map([
      [ZXing.DecodeHintType.POSSIBLE_FORMATS, [kind.CODE_128, kind.CODE_39, kind.EAN_13, kind.ITF, kind.QR_CODE, kind.DATA_MATRIX]],
      [ZXing.DecodeHintType.TRY_HARDER, true],
    ]));
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return async () => {
      const scale = Math.min(1, 1280 / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      try {
        const source = new ZXing.HTMLCanvasElementLuminanceSource(canvas);
        return [reader.decodeWithState(new ZXing.BinaryBitmap(new ZXing.HybridBinarizer(source))).getText()];
      } catch (error) {
        return []; // no code in this frame
      }
    };
  }

  async function look(mine) {
    let read = null;
    try {
      read = (await browsers()) || (await ours());
    } catch (error) {
      return say(words.unread);
    }
    const seen = new Map();
    const turn = async () => {
      if (job !== mine || !stream) return;
      let codes = [];
      if (video.videoWidth) {
        try {
          codes = await read();
        } catch (error) {
          codes = [];
        }
      }
      const now = performance.now();
      for (const code of codes) {
        if (job !== mine) return;
        if (now - (seen.get(code) ?? -Infinity) > AGAIN_MS) {
          if (navigator.vibrate) navigator.vibrate(60);
          const answer = mine.onCode(code);
          if (answer === true) return dialog.close();
          if (answer) say(answer);
        }
        seen.set(code, now);
      }
      setTimeout(turn, LOOK_MS);
    };
    turn();
  }

  dialog.querySelector("[data-camera-shoot]").addEventListener("click", () => {
    if (!stream || !video.videoWidth || !job) return;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const { onShot } = job;
    dialog.close();
    onShot(canvas);
  });
  dialog.querySelector("[data-camera-turn]").addEventListener("click", () => {
    facing = facing === "environment" ? "user" : "environment";
    if (job) start(job);
  });
  dialog.addEventListener("close", () => {
    const { from } = job || {};
    job = null;
    stop();
    if (from && from.isConnected) from.focus({ preventScroll: true });
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && dialog.open) dialog.close(); });

  window.qudaoCamera = {
    // { title, hint, frame: "card"|"code"|"", from, onCode(code) → text | true (done), onShot(canvas) }
    open(mine) {
      job = mine;
      facing = mine.facing || "environment";
      dialog.querySelector("h2").textContent = mine.title;
      dialog.classList.toggle("q-camera-shoots", Boolean(mine.onShot));
      dialog.dataset.frame = mine.frame || "";
      dialog.showModal();
      start(mine);
    },
  };
})();
