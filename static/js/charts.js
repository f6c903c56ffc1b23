/* Draws each [data-chart] from the JSON element it names (see templates/components/chart.html). Needs ECharts. */
"use strict";
(() => {
  const TONES = { primary: "#1b5096", muted: "#8b98a8", good: "#0b6b50", bad: "#b3261e" };
  // Told apart by lightness as well as by hue; bars also get a pattern, lines a mark.
  const COLOURS = ["#1b5096", "#d08a0c", "#3d9a84", "#8a4f9e", "#7f8c9c", "#b3261e"];
  const MARKS = ["circle", "rect", "triangle", "diamond", "pin", "arrow"];
  const PATTERNS = [null, { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4, color: "rgb(255 255 255 / 45%)" },
    { symbol: "circle", symbolSize: 0.7, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], color: "rgb(255 255 255 / 45%)" }, null, null, null];
  const INK = "#17212f", QUIET = "#5d6a7c", LINE = "#e2e7ee";
  const charts = new Map();

  const font = () => getComputedStyle(document.body).fontFamily;
  const numeric = (value) => (value === null || value === undefined || value === "" ? null : Number(value));
  const written = (value) => (value === null || value === undefined ? "—" : Number(value).toLocaleString("zh-CN", { maximumFractionDigits: 2 }));

  function seriesOf(spec) {
    return spec.series.map((line, place) => {
      const kind = line.kind || spec.kind || "line";
      const colour = TONES[line.tone] || COLOURS[place % COLOURS.length];
      const made = { name: line.name, type: kind, data: line.data.map(numeric), itemStyle: { color: colour }, emphasis: { focus: "series" } };
      if (kind === "line") {
        Object.assign(made, { symbol: MARKS[place % MARKS.length], symbolSize: 7, connectNulls: false, lineStyle: { width: 2, color: colour, type: line.dashed ? "dashed" : "solid" } });
        if (line.area) made.areaStyle = { opacity: 0.1, color: colour };
      } else {
        Object.assign(made, { barMaxWidth: 28, stack: spec.stacked ? "all" : undefined });
        made.itemStyle.borderRadius = spec.stacked ? 0 : spec.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0];
        if (spec.series.length > 1 && PATTERNS[place]) made.itemStyle.decal = PATTERNS[place];
        if (line.dashed) Object.assign(made.itemStyle, { color: "transparent", borderColor: colour, borderType: "dashed", borderWidth: 1.5 });
      }
      return made;
    });
  }

  function withTargets(series, spec) {
    if (!spec.targets?.length || !series.length) return series;
    series[0].markLine = {
      symbol: "none", silent: true, lineStyle: { color: "#b3361e", type: "dashed", width: 1.5 },
      label: { position: "insideEndTop", color: "#8f2a17", backgroundColor: "rgb(255 255 255 / 88%)", padding: [1, 4], borderRadius: 2, fontFamily: font(), formatter: (mark) => `${mark.name} ${written(mark.value)}` },
      data: spec.targets.map((target) => ({ name: target.label, [spec.horizontal ? "xAxis" : "yAxis"]: numeric(target.value) })),
    };
    return series;
  }

  /* The end of the axis: a round number a little above the highest value, so that a target's line has room. */
  function roomFor(highest) {
    if (!(highest > 0)) return 1;
    const step = 10 ** Math.floor(Math.log10(highest)) / 2;
    return Math.ceil((highest * 1.04) / step) * step;
  }

  function optionOf(spec, width) {
    const label = { color: QUIET, fontSize: 12, fontFamily: font() };
    const categories = {
      type: "category", data: spec.categories, inverse: Boolean(spec.horizontal), axisTick: { show: false }, axisLine: { lineStyle: { color: "#c6d0dc" } },
      axisLabel: { ...label, hideOverlap: true, ...(spec.horizontal ? { width: Math.min(140, width * 0.3), overflow: "truncate" } : {}) },
    };
    const values = {
      type: "value", min: spec.min ?? undefined, splitNumber: 4, interval: spec.max && !spec.min ? spec.max / 4 : undefined, axisLabel: { ...label, formatter: written }, splitLine: { lineStyle: { color: LINE } },
      max: spec.max ?? (spec.targets?.length ? (range) => roomFor(Math.max(range.max, ...spec.targets.map((target) => Number(target.value)))) : undefined),
    };
    return {
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 300,
      textStyle: { fontFamily: font(), color: INK },
      aria: { enabled: true, label: { enabled: false } },
      grid: { left: 4, right: 16, top: spec.series.length > 1 ? 40 : 20, bottom: 4, containLabel: true },
      legend: { show: spec.series.length > 1, top: 0, left: 0, itemWidth: 18, itemHeight: 9, textStyle: { color: "#445062", fontFamily: font() }, type: "scroll" },
      tooltip: {
        // Drawn on the canvas: page markup from a chart would need inline styles.
        renderMode: "richText", trigger: "axis", confine: true, backgroundColor: "#fff", borderColor: "#c6d0dc", textStyle: { color: INK, fontFamily: font(), fontSize: 12 },
        axisPointer: { type: spec.kind === "bar" ? "shadow" : "line" },
        valueFormatter: (value) => written(value) + (spec.unit && value !== null && value !== undefined ? ` ${spec.unit}` : ""),
      },
      xAxis: spec.horizontal ? values : categories,
      yAxis: spec.horizontal ? categories : values,
      series: withTargets(seriesOf(spec), spec),
    };
  }

  function draw(root) {
    if (!window.echarts) return;
    for (const place of root.querySelectorAll("[data-chart]")) {
      const source = document.getElementById(place.dataset.chart);
      if (!source || charts.has(place)) continue;
      const spec = JSON.parse(source.textContent);
      const chart = window.echarts.init(place, null, { renderer: "canvas", devicePixelRatio: Math.max(2, devicePixelRatio) });
      chart.setOption(optionOf(spec, place.clientWidth));
      charts.set(place, chart);
      watcher.observe(place);
    }
    for (const [place, chart] of charts) if (!place.isConnected) { chart.dispose(); charts.delete(place); watcher.unobserve(place); }
  }
  const watcher = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) if (contentRect.width && !matchMedia("print").matches) charts.get(target)?.resize();
  });
  window.addEventListener("beforeprint", () => { for (const chart of charts.values()) chart.dispatchAction({ type: "hideTip" }); });
  document.addEventListener("htmx:afterSwap", (event) => draw(event.target));
  draw(document);
})();
