// Draws <figure data-map="ID"> from the JSON in <script id="ID">:
// { geo: address of a GeoJSON, unit: "count"|"money", legend: [least, most],
//   regions: [{ id (of the feature), name, value, url? }], points: [{ name, at: [lon, lat], value, url? }] }
// A region's depth of colour is its value; points (counties) lie above as circles by size. The page
// shows the same in a table: that is the way for the keyboard. Colours are the tokens'.
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const maps = new Map();
  const files = new Map();
  const fetched = (url) => {
    if (!files.has(url)) files.set(url, fetch(url).then((answer) => answer.json()));
    return files.get(url);
  };

  function options(spec, identity) {
    const money = spec.unit === "money";
    const language = document.documentElement.lang;
    const plain = new Intl.NumberFormat(language, money ? { minimumFractionDigits: 2 } : {});
    const amount = (value) => (money ? "¥" + plain.format(value / 100) : plain.format(value));
    const values = spec.regions.map((one) => one.value);
    const most = Math.max(1, ...values);
    const largest = Math.max(1, ...spec.points.map((one) => one.value));
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return {
      animation: !still,
      aria: { enabled: true },
      textStyle: { fontFamily: token("--q-font"), color: token("--q-ink-2") },
      tooltip: {
        renderMode: "richText",
        confine: true,
        backgroundColor: token("--q-surface"),
        borderColor: token("--q-line"),
        textStyle: { color: token("--q-ink"), fontSize: 13 },
        formatter: (one) => {
          const value = Array.isArray(one.value) ? one.value[2] : one.value;
          return Number.isNaN(value) || value === undefined ? one.name : `${one.name}  ${amount(value)}`;
        },
      },
      visualMap: {
        type: "continuous",
        // One region alone has nothing to be compared with: its points tell.
        show: spec.regions.length > 1,
        seriesIndex: 0,
        min: 0,
        max: most,
        text: [amount(most), amount(0)],
        itemWidth: 14,
        itemHeight: 96,
        left: 4,
        bottom: 4,
        calculable: false,
        hoverLink: false,
        inRange: { color: [token("--q-map-low"), token(spec.regions.length > 1 ? "--q-map-high" : "--q-map-low")] },
        textStyle: { color: token("--q-ink-2"), fontSize: 12 },
      },
      geo: {
        map: identity,
        roam: false,
        silent: true,
        aspectScale: 0.83,
        // The legend stands below at the left.
        layoutCenter: spec.regions.length > 1 ? ["52%", "47%"] : ["50%", "50%"],
        layoutSize: spec.regions.length > 1 ? "88%" : "92%",
        itemStyle: { areaColor: token("--q-map-none"), borderColor: token("--q-surface"), borderWidth: 1.2 },
      },
      series: [
        {
          type: "map",
          geoIndex: 0,
          map: identity,
          data: spec.regions.map((one) => ({ name: one.name, value: one.value, url: one.url })),
        },
        {
          type: "scatter",
          coordinateSystem: "geo",
          data: spec.points.map((one) => ({ name: one.name, value: [...one.at, one.value], url: one.url })),
          symbolSize: (value) => 6 + 22 * Math.sqrt(value[2] / largest),
          itemStyle: { color: token("--q-series-2"), opacity: 0.85, borderColor: token("--q-surface"), borderWidth: 1.5 },
        },
      ],
    };
  }

  async function put(figure) {
    const data = document.getElementById(figure.dataset.map);
    if (!data || !window.echarts) return;
    const spec = JSON.parse(data.textContent);
    const source = await fetched(spec.geo);
    const names = new Map(spec.regions.map((one) => [one.id, one.name]));
    const features = source.features
      .filter((one) => !spec.only || names.has(one.id))
      .map((one) => ({ ...one, properties: { ...one.properties, name: names.get(one.id) || one.properties.name } }));
    const identity = `map-${figure.dataset.map}`;
    echarts.registerMap(identity, structuredClone({ ...source, features }));
    const chart = maps.get(figure) || echarts.init(figure.querySelector(".q-map-canvas"), null, { renderer: "canvas" });
    const set = options(spec, identity);
    set.geo.label = { show: figure.clientWidth > 560, color: token("--q-ink"), fontSize: 12, textBorderColor: token("--q-surface"), textBorderWidth: 2 };
    set.geo.emphasis = { label: { color: token("--q-ink") }, itemStyle: { areaColor: token("--q-amber-tint") } };
    set.geo.silent = false;
    chart.setOption(set, true);
    if (!maps.has(figure)) chart.on("click", (event) => { if (event.data && event.data.url) location.assign(event.data.url); });
    maps.set(figure, chart);
  }
  function draw(scope) {
    for (const [figure, chart] of maps)
      if (!figure.isConnected) {
        chart.dispose();
        maps.delete(figure);
      }
    scope.querySelectorAll("[data-map]").forEach(put);
  }

  addEventListener("resize", () => maps.forEach((chart) => chart.resize()));
  document.addEventListener("q:theme", () => draw(document));
  document.addEventListener("q:enhance", (event) => draw(event.detail));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => draw(document));
  else draw(document);
})();
