// Draws <figure class="q-chart" data-chart="ID"> from the JSON in <script id="ID">:
// { kind: "bar" | "line", stack: bool, unit: "money" | "count", categories: [text],
//   series: [{ name, values: [number], kind? }] }   money comes in fen and is shown in yuan.
// Colours are the tokens' and follow the theme. Nothing is styled inline: see the CSP.
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = new Map();

  function options(spec) {
    const money = spec.unit === "money";
    const language = document.documentElement.lang;
    const plain = new Intl.NumberFormat(language, money ? { minimumFractionDigits: 2 } : {});
    const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
    const show = (value) => (money ? "¥" : "") + plain.format(value);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return {
      animation: !still,
      animationDuration: 400,
      aria: { enabled: true },
      color: [1, 2, 3, 4, 5, 6].map((n) => token(`--q-series-${n}`)),
      textStyle: { fontFamily: token("--q-font"), color: token("--q-ink-2") },
      grid: { top: 44, right: 8, bottom: 4, left: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { type: "scroll", top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, itemGap: 18, textStyle: { color: token("--q-ink-2"), fontSize: 13 } },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        axisPointer: { type: spec.kind === "line" ? "line" : "shadow", shadowStyle: { color: token("--q-ink"), opacity: 0.05 } },
        backgroundColor: token("--q-surface"),
        borderColor: token("--q-line"),
        textStyle: { color: token("--q-ink"), fontSize: 13 },
        valueFormatter: show,
      },
      xAxis: {
        type: "category",
        data: spec.categories,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: token("--q-line") } },
        axisLabel: { color: token("--q-ink-3"), hideOverlap: true },
      },
      yAxis: {
        type: "value",
        minInterval: money ? 0 : 1,
        axisLabel: { color: token("--q-ink-3"), formatter: (value) => (money ? "¥" : "") + short.format(value) },
        splitLine: { lineStyle: { color: token("--q-line"), type: "dashed" } },
      },
      series: spec.series.map((one, index, all) => ({
        name: one.name,
        type: one.kind || spec.kind,
        stack: spec.stack ? "all" : undefined,
        data: one.values.map((value) => (money ? value / 100 : value)),
        barMaxWidth: 34,
        smooth: 0.25,
        showSymbol: false,
        lineStyle: { width: 3 },
        areaStyle: spec.kind === "line" && all.length === 1 ? { opacity: 0.12 } : undefined,
        itemStyle: { borderRadius: spec.stack ? (index === all.length - 1 ? [4, 4, 0, 0] : 0) : [4, 4, 0, 0] },
        emphasis: { focus: "series" },
      })),
    };
  }

  function draw(scope) {
    for (const [figure, chart] of charts)
      if (!figure.isConnected) {
        chart.dispose();
        charts.delete(figure);
      }
    scope.querySelectorAll("[data-chart]").forEach((figure) => {
      const data = document.getElementById(figure.dataset.chart);
      if (!data || !window.echarts) return;
      const canvas = figure.querySelector(".q-chart-canvas");
      const chart = charts.get(figure) || echarts.init(canvas, null, { renderer: "canvas" });
      chart.setOption(options(JSON.parse(data.textContent)), true);
      charts.set(figure, chart);
    });
  }

  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  document.addEventListener("q:theme", () => draw(document));
  window.qudaoCharts = { draw };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => draw(document));
  else draw(document);
})();
