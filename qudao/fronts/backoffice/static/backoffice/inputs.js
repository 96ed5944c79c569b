// Pictures are scaled down before they are sent ([data-scale]: the longest side), and positions are
// asked of the device ([data-position]). Without script the inputs alone do it.
(() => {
  const QUALITY = 0.85;

  async function scaled(file, longest) {
    if (!file.type.startsWith("image/")) return file;
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, longest / Math.max(image.width, image.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
      return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch (error) {
      return file; // the platform says what is wrong with it
    }
  }

  for (const input of document.querySelectorAll("input[type=file][data-scale]")) {
    input.addEventListener("change", async () => {
      const kept = new DataTransfer();
      for (const file of input.files) kept.items.add(await scaled(file, Number(input.dataset.scale)));
      input.files = kept.files;
    });
  }

  for (const host of document.querySelectorAll("[data-position]")) {
    const button = host.querySelector("[data-position-ask]");
    const status = host.querySelector("[role=status]");
    if (!navigator.geolocation) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      status.textContent = host.dataset.asking;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          host.querySelector("input").value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)}`;
          status.textContent = "";
        },
        () => { status.textContent = host.dataset.denied; },
        { enableHighAccuracy: true, timeout: 15000 },
      );
    });
  }
})();
