// A picture by camera or from a file, scaled down before it is sent. [data-picture] holds a file
// input; without script that input alone does it.
(() => {
  const LONGEST = 1600;
  const QUALITY = 0.85;

  function ready(host) {
    if (host.dataset.ready) return;
    host.dataset.ready = "yes";
    const words = host.dataset;
    const input = host.querySelector("input[type=file]");
    const canvas = host.querySelector("canvas");
    const status = host.querySelector("[role=status]");
    const shoot = host.querySelector("[data-picture-shoot]");
    host.classList.add("q-picture-on");
    const say = (text, bad) => {
      status.textContent = text;
      status.classList.toggle("q-bad", Boolean(bad));
    };

    async function keep(source, width, height) {
      const scale = Math.min(1, LONGEST / Math.max(width, height));
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(source, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
      const files = new DataTransfer();
      files.items.add(new File([blob], `${input.name}.jpg`, { type: "image/jpeg" }));
      input.files = files.files;
      input.required = false;
      host.classList.add("q-picture-taken");
      say(words.taken.replace("{size}", Math.ceil(blob.size / 1024)));
      host.dispatchEvent(new CustomEvent("q:picture", { bubbles: true }));
    }

    input.addEventListener("change", async () => {
      const file = input.files[0];
      if (!file) return;
      try {
        const image = await createImageBitmap(file, { imageOrientation: "from-image" });
        await keep(image, image.width, image.height);
        image.close();
      } catch (error) {
        input.value = "";
        host.classList.remove("q-picture-taken");
        say(words.unreadable, true);
      }
    });
    if (window.qudaoCamera && navigator.mediaDevices && shoot) {
      shoot.hidden = false;
      shoot.addEventListener("click", () => qudaoCamera.open({
        title: words.title,
        hint: words.hint,
        frame: words.frame,
        facing: words.facing,
        from: shoot,
        onShot: (shot) => keep(shot, shot.width, shot.height),
      }));
    }
  }

  document.addEventListener("q:enhance", (event) => event.detail.querySelectorAll("[data-picture]").forEach(ready));
})();
