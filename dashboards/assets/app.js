/* The pages' behaviour: language, filters, sums of the filtered rows, tables, files to download, and the flows' layout.
   Drawing is Vega-Lite's; everything shown comes from the page's payload. */
"use strict";
(() => {
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const LOCALE = { en: "en-GB", zh: "zh-CN" };
  const PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A7A7A", "#8C6D1F", "#332288", "#88CCEE", "#44AA99", "#999933"];
  const state = {};
  const byId = Object.fromEntries(payload.page.blocks.map((block) => [block.id, block]));
  payload.page.blocks.filter((block) => block.same && block.head).forEach((block) => Object.assign(block, { data: byId[block.same].data, count: byId[block.same].count }));
  const chosen = {}; // of the selects inside a block
  const views = {};
  const shown = {};
  const $ = (id) => document.getElementById(id);

  const say = (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), payload.texts[key][state.lang]);
  const word = (value) => {
    if (value === null || value === undefined || value === "") return say("unknown");
    if (value === true || value === false) return say(value ? "yes" : "no");
    const pair = payload.words[value];
    return pair ? pair[state.lang === "zh" ? 1 : 0] : value;
  };

  /* numbers by unit; a unit with ~ is short, for axes and marks */
  function num(value, format) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    const short = String(format || "").endsWith("~");
    const unit = String(format || "").replace("~", "");
    const write = (options, number = value) => new Intl.NumberFormat(LOCALE[state.lang], options).format(number);
    if (unit === "share") return write({ style: "percent", maximumFractionDigits: 1 });
    if (unit === "year" || unit === "id") return String(value);
    if (short && Math.abs(value) >= 10000) return write({ notation: "compact", maximumFractionDigits: 1 });
    if (unit === "count") return write({ maximumFractionDigits: Number.isInteger(value) ? 0 : 1 });
    if (unit === "money") return write({ maximumFractionDigits: Math.abs(value) >= 1000 || (short && Number.isInteger(value)) ? 0 : 2 });
    if (unit === "number") return write({ maximumSignificantDigits: 3 });
    return write({ maximumFractionDigits: 1 });
  }

  /* rows of a block, from its columns */
  function unpack(block) {
    const columns = Object.entries(block.data || {}).map(([name, values]) => [
      name, Array.isArray(values) ? values : values.at.map((at) => (at === null ? null : values.words[at])),
    ]);
    return Array.from({ length: block.count || 0 }, (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])));
  }

  /* the period filter: which months it keeps, and which came before them */
  const asOfMonth = payload.asOf.slice(0, 7);
  const shift = (month, by) => {
    const at = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + by;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
  };
  function period(choice) {
    if (!choice || choice === "all") return null;
    if (choice.startsWith("last_")) {
      const months = Number(choice.slice(5));
      const from = shift(asOfMonth, -months);
      return { keep: (m) => m >= from, past: (m) => m >= shift(from, -months) && m < from, whole: (m) => m < asOfMonth, before: "before" };
    }
    const back = String(Number(choice) - 1);
    return {
      keep: (m) => m.startsWith(choice), whole: () => true, before: "year_before",
      past: (m) => m.startsWith(back) && shift(m, 12) <= shift(asOfMonth, payload.asOf.endsWith("-01") ? -1 : 0),
    };
  }

  const isSeries = (block) => block.x === "month" || (block.group || []).includes("month");

  /* the rows that the filters leave; what could not be followed is said */
  function filtered(block, rows, when) {
    const has = (name) => block.data && name in block.data;
    const notes = [];
    const active = ["channel", "region", "segment"].filter((name) => state[name] && state[name] !== "all");
    const ignored = [];
    let out = rows;
    if (has("dimension")) {
      const able = active.filter((name) => rows.some((row) => row.dimension === name));
      const use = able[0];
      if (able.length > 1) notes.push(say("one_at_a_time", { x: word(state[use]) }));
      active.filter((name) => !able.includes(name)).forEach((name) => ignored.push(name));
      out = out.filter((row) => (use ? row.dimension === use && row.dimension_value === state[use] : row.dimension === "all"));
    } else {
      active.forEach((name) => {
        if (has(name) && name !== block.keep) out = out.filter((row) => row[name] === state[name]);
        else ignored.push(name);
      });
    }
    const span = period(state.month);
    // a month that is not over stands in a series, hatched, and is not added to anything
    const keep = (month) => (when === "past" ? span.past(month) : span.keep(month) && (isSeries(block) || span.whole(month)));
    if (has("month") && span) out = out.filter((row) => row.month && keep(row.month));
    else if (span && !has("month") && "month" in payload.filters) ignored.push("month");
    Object.keys(block.choose || {}).forEach((name) => {
      out = out.filter((row) => row[name] === chosen[block.id][name]);
    });
    const aside = ignored.length ? say("not_followed", { x: ignored.map((name) => say(name)).join(state.lang === "zh" ? "、" : ", ") }) : "";
    return { rows: out, notes, aside, span: has("month") ? span : null };
  }

  /* sums of the filtered rows by the block's group; shares and means are divided after summing */
  function summed(block, rows, group) {
    if (!block.sum) return rows.map((row) => ({ ...row }));
    const keys = group.flatMap((name) => [name, `${name}_zh`, ...(name === "month" ? ["is_complete"] : [])]).filter((name, at, all) => name in (block.data || {}) && all.indexOf(name) === at);
    const found = new Map();
    rows.forEach((row) => {
      const key = JSON.stringify(keys.map((name) => row[name]));
      if (!found.has(key)) found.set(key, { ...Object.fromEntries(keys.map((name) => [name, row[name]])), ...Object.fromEntries(block.sum.map((name) => [name, null])) });
      const to = found.get(key);
      block.sum.forEach((name) => { if (row[name] !== null) to[name] = (to[name] || 0) + row[name]; });
    });
    const out = [...found.values()];
    out.forEach((row) => {
      Object.entries(block.ratio || {}).forEach(([name, [over, under]]) => { row[name] = row[under] ? row[over] / row[under] : null; });
      block.sum.forEach((name) => { if (row[name] !== null) row[name] = Math.round(row[name] * 1e4) / 1e4; });
      if (block.small) row.is_small_sample = row[block.small[0]] < block.small[1];
    });
    return out;
  }

  /* more series than there are colours: the smallest are shown together */
  function folded(block, rows) {
    const most = PALETTE.length;
    if (!block.sum || !block.series || new Set(rows.map((row) => row[block.series])).size <= most) return rows;
    const sizes = summed({ ...block, group: [block.series] }, rows, [block.series]).sort((a, b) => b[block.y] - a[block.y]);
    const kept = new Set(sizes.slice(0, most - 1).map((row) => row[block.series]));
    return rows.map((row) => (kept.has(row[block.series]) ? row : { ...row, [block.series]: "(other)" }));
  }

  function ordered(block, rows) {
    if (!block.order) return block.top ? rows.slice(0, block.top) : rows;
    const down = block.order.startsWith("-");
    const name = block.order.replace("-", "");
    const sorted = [...rows].sort((a, b) => (a[name] < b[name] ? -1 : a[name] > b[name] ? 1 : 0) * (down ? -1 : 1));
    return block.top ? sorted.slice(0, block.top) : sorted;
  }

  /* words in the reader's language; a Chinese twin stands for its column */
  const spoken = (row, block = {}) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => {
      if (name === "is_small_sample" || name === "is_complete") return [name, value];
      if (value === null && (block.chart === "table" || block.chart === "facts")) return [name, shownAsNumber[name] ? null : "–"];
      const twin = row[`${name}_zh`];
      if (state.lang === "zh" && twin) return [name, twin];
      return [name, typeof value === "number" ? value : value === null && shownAsNumber[name] ? null : word(value)];
    }));
  const shownAsNumber = {};
  payload.page.blocks.forEach((block) => Object.entries(block.head || {}).forEach(([name, head]) => { if (head.unit) shownAsNumber[name] = true; }));

  /* one language and one width of a specification */
  function picked(value) {
    if (Array.isArray(value)) return value.map(picked);
    if (value === null || typeof value !== "object") return value;
    if ("en" in value && "zh" in value) return value[state.lang];
    if ("wide" in value && "narrow" in value) return value[window.innerWidth < 600 ? "narrow" : "wide"];
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, picked(inner)]));
  }

  /* flows: nodes stacked by stage, ribbons between them; names under 2.5 % of a stage are folded */
  function flows(block, given) {
    const begin = Math.min(...given.map((row) => row[block.stage]));
    const rows = window.innerWidth < 600 ? given.filter((row) => row[block.stage] < begin + 2) : given; // a phone has room for three columns
    const nodes = new Map();
    const add = (stage, name, side, value) => {
      const key = `${stage}|${name}`;
      if (!nodes.has(key)) nodes.set(key, { key, stage, name, in: 0, out: 0 });
      nodes.get(key)[side] += value;
    };
    const total = {};
    const weight = {};
    rows.forEach((row) => [[row[block.stage], row[block.from]], [row[block.stage] + 1, row[block.to]]].forEach(([stage, name], end) => {
      weight[`${stage}|${name}`] = (weight[`${stage}|${name}`] || 0) + row[block.value];
      total[stage] = Math.max(total[stage] || 0, 0) + (end === 0 ? row[block.value] : 0);
    }));
    const all = Math.max(...Object.values(total), 1);
    const folded = (stage, name) => (weight[`${stage}|${name}`] < 0.025 * all ? word("(other)") : name);
    const links = new Map();
    rows.forEach((row) => {
      const from = [row[block.stage], folded(row[block.stage], row[block.from])];
      const to = [row[block.stage] + 1, folded(row[block.stage] + 1, row[block.to])];
      const key = JSON.stringify([from, to]);
      if (!links.has(key)) links.set(key, { from, to, value: 0 });
      links.get(key).value += row[block.value];
      add(...from, "out", row[block.value]);
      add(...to, "in", row[block.value]);
    });
    const names = [...new Set([...nodes.values()].map((node) => node.name))];
    const stages = [...new Set([...nodes.values()].map((node) => node.stage))].sort((a, b) => a - b);
    const most = Math.max(...stages.map((stage) => [...nodes.values()].filter((node) => node.stage === stage).length), 1);
    const gap = Math.min(0.025, 0.35 / most);
    const height = (value) => (value / all) * (1 - gap * most);
    stages.forEach((stage, place) => {
      let y = 0;
      [...nodes.values()].filter((node) => node.stage === stage).sort((a, b) => Math.max(b.in, b.out) - Math.max(a.in, a.out) || (a.name < b.name ? -1 : 1)).forEach((node) => {
        node.value = Math.max(node.in, node.out);
        const last = stages.length > 1 && place === stages.length - 1;
        Object.assign(node, { x: stages.length > 1 ? place / (stages.length - 1) : 0, y, y2: y + height(node.value), used_in: y, used_out: y, side: last ? "right" : "left" });
        Object.assign(node, { x: node.x - (last ? 0.012 : 0), x2: node.x + (last ? 0 : 0.012), middle: (node.y + node.y2) / 2, color: PALETTE[names.indexOf(node.name) % PALETTE.length] });
        node.text_x = last ? node.x : node.x2;
        node.label = height(node.value) > 0.02 ? `${node.name} ${num(node.value, "count~")}` : "";
        node[block.value] = node.value;
        y = node.y2 + gap;
      });
    });
    const ribbons = [];
    const byPlace = (a, b) => nodes.get(a.from.join("|")).y - nodes.get(b.from.join("|")).y || nodes.get(a.to.join("|")).y - nodes.get(b.to.join("|")).y;
    [...links.values()].sort(byPlace).forEach((link, id) => {
      const from = nodes.get(link.from.join("|"));
      const to = nodes.get(link.to.join("|"));
      const thick = height(link.value);
      for (let step = 0; step <= 12; step += 1) {
        const t = step / 12;
        const y = from.used_out + (to.used_in - from.used_out) * t * t * (3 - 2 * t);
        ribbons.push({ id, x: from.x2 + (to.x - from.x2) * t, y, y2: y + thick, color: from.color, [block.from]: from.name, [block.to]: to.name, [block.value]: link.value });
      }
      from.used_out += thick;
      to.used_in += thick;
    });
    return { nodes: [...nodes.values()].map(({ in: _in, out: _out, ...node }) => node), ribbons };
  }

  const CONFIG = {
    font: "system-ui, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif", customFormatTypes: true, background: "transparent",
    view: { stroke: null }, axis: { labelColor: "#222b33", titleColor: "#5b6770", titleFontWeight: "normal", gridColor: "#e6eaed", domainColor: "#8b969f", tickColor: "#8b969f", labelFontSize: 11, titleFontSize: 11 },
    legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", titleColor: "#5b6770" }, bar: { color: PALETTE[0] },
  };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => { if (value !== null && value !== false) made.setAttribute(name, value); });
    made.append(...children);
    return made;
  };

  function table(block, rows) {
    const names = block.show;
    const most = 300;
    const isNumber = (name) => block.head[name].unit;
    const cell = (row, name) => (isNumber(name) && typeof row[name] !== "string" ? num(row[name], block.head[name].unit) : row[name]);
    const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col", class: isNumber(name) ? "number" : null }, block.head[name][state.lang])));
    const body = rows.slice(0, most).map((row) => element("tr", { class: row.is_small_sample === true ? "small" : null }, ...names.map((name) => {
      const attributes = isNumber(name) ? { class: "number", "data-value": row[name] } : {};
      return element("td", attributes, String(cell(row, name)));
    })));
    const told = rows.length > most ? say("first_rows", { x: most, y: num(rows.length, "count") }) : say("rows", { x: num(rows.length, "count") });
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${block.title[state.lang]}: ${say("table")}` },
      element("table", {}, element("caption", {}, told), element("thead", {}, head), element("tbody", {}, ...body)));
  }

  function download(block, rows) {
    const quoted = (value) => (value === null || value === undefined ? "" : /[",\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : String(value));
    const lines = [block.show.map((name) => quoted(block.head[name][state.lang])), ...rows.map((row) => block.show.map((name) => quoted(row[name])))];
    const file = URL.createObjectURL(new Blob(["\ufeff", lines.map((line) => line.join(",")).join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }));
    const link = element("a", { href: file, download: `${payload.page.id}-${block.id}-${payload.asOf}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(file), 1000);
  }

  /* what is said in one line to who cannot see the chart */
  function described(block, rows) {
    const measure = block.y && block.head[block.y] && block.head[block.y].unit ? block.y : block.x && block.head[block.x] && block.head[block.x].unit ? block.x : block.value || block.color;
    const parts = [block.title[state.lang], say("rows", { x: rows.length })];
    const label = block.show.find((name) => !block.head[name].unit);
    const known = rows.filter((row) => typeof row[measure] === "number").sort((a, b) => b[measure] - a[measure]);
    if (known.length && block.head[measure]) {
      const name = (row) => `${label ? `${row[label]} ` : ""}${num(row[measure], block.head[measure].unit)}`;
      parts.push(`${block.head[measure][state.lang]}: ${say("highest", { x: name(known[0]) })}; ${say("lowest", { x: name(known[known.length - 1]) })}`);
    }
    return `${parts.join(". ")}.`;
  }

  function tiles(block, rows, span) {
    const latest = (all, back) => {
      const months = [...new Set(all.map((row) => row.month))].filter((month) => month < asOfMonth).sort();
      return all.filter((row) => row.month === months[months.length - 1 - back]);
    };
    const now = block.latest ? latest(rows, 0) : rows;
    const past = block.latest ? latest(rows, 1) : span ? filtered(block, unpack(block), "past").rows : [];
    const [value, before] = [now, past].map((some) => summed(block, some, [])[0] || {});
    const list = block.tiles.map((name) => {
      const unit = block.head[name].unit;
      const dd = element("dd", { "data-value": value[name], "data-name": name }, num(value[name], unit));
      const low = value[`${name}_low`];
      if (typeof low === "number") dd.append(element("small", {}, `${num(low, unit)} … ${num(value[`${name}_high`], unit)}`));
      if (typeof value[name] === "number" && typeof before[name] === "number" && before[name] !== 0) {
        const by = unit === "share" ? (value[name] - before[name]) * 100 : (value[name] / before[name] - 1) * 100;
        const sign = by >= 0 ? "+" : "−";
        const text = `${sign}${num(Math.abs(by), "points")} ${unit === "share" ? (state.lang === "zh" ? "个百分点" : "pp") : "%"}`;
        dd.append(element("small", {}, say(block.latest ? "before" : span.before, { x: text })));
      }
      const month = block.latest && now[0] ? ` · ${now[0].month}` : "";
      return element("div", { class: value.is_small_sample === true ? "small" : null }, element("dt", {}, `${block.head[name][state.lang]}${month}`), dd);
    });
    return element("dl", { class: "tiles" }, ...list);
  }

  async function draw(block) {
    const place = $(`block-${block.id}`);
    const [chart, foot, note] = ["chart", "rows", "note"].map((name) => place.querySelector(`[data-part=${name}]`));
    if (views[block.id]) { views[block.id].finalize(); delete views[block.id]; }
    chart.replaceChildren();
    ["role", "aria-label", "aria-roledescription"].forEach((name) => chart.removeAttribute(name));
    if (block.chart === "missing") { chart.append(say("missing", { x: block.missing })); return; }
    const left = filtered(block, unpack(block), "now");
    note.textContent = left.notes.join(" · ");
    note.hidden = !left.notes.length;
    place.querySelector("[data-part=aside]").textContent = left.aside;
    const grouped = ordered(block, summed(block, folded(block, left.rows), block.group || []));
    const rows = grouped.map((row) => spoken(row, block));
    Object.entries(block.join || {}).forEach(([name, [first, second]]) => rows.forEach((row) => { row[name] = `${row[first]}${state.lang === "zh" ? "：" : ": "}${row[second]}`; }));
    shown[block.id] = rows;
    foot.replaceChildren();
    if (foot.parentElement.open) foot.append(table(block, rows));
    if (!rows.length) { chart.append(say("empty")); return; }
    if (block.chart === "tiles") { chart.append(tiles(block, left.rows, left.span)); return; }
    if (block.chart === "table") { chart.append(table(block, rows)); return; }
    if (block.chart === "facts") {
      chart.append(element("dl", { class: "facts" }, ...block.show.map((name) => element("div", {}, element("dt", {}, block.head[name][state.lang]),
        element("dd", {}, String(block.head[name].unit ? num(rows[0][name], block.head[name].unit) : rows[0][name]))))));
      return;
    }
    const spec = { width: "container", autosize: { type: "fit", contains: "padding" }, description: described(block, rows), ...picked(block.spec) };
    if (spec.height.step) { // a height for every category, and for axis and legend
      const kinds = (name) => new Set(rows.map((row) => row[name])).size;
      const legend = block.chart === "heatmap" ? 60 : block.series ? 34 : 0;
      spec.height = kinds(block.y) * (block.series ? kinds(block.series) : 1) * spec.height.step + 44 + legend;
    }
    const isOpen = rows.some((row) => row.is_complete === false);
    spec.layer = spec.layer.filter((layer) => isOpen || !layer.only_if_open).map(({ only_if_open: _open, ...layer }) => layer);
    if (block.chart !== "sankey") { // what no row has cannot be drawn; the table tells why
      const has = (field) => !field || rows.some((row) => typeof row[field] === "number" || typeof row[field] === "string");
      spec.layer = spec.layer.filter((layer) => ["x", "x2", "y", "y2"].every((axis) => has(layer.encoding[axis]?.field)));
      if (spec.layer.every((layer) => layer.data)) { chart.append(say("untold")); foot.parentElement.open = true; return; }
    }
    if (block.chart === "line" || block.chart === "columns") { // in the order of the rows, whatever layer comes first
      const domain = [...new Set(rows.map((row) => row[block.x]))];
      spec.layer.forEach((layer) => { if (layer.encoding.x) layer.encoding.x.scale = { ...layer.encoding.x.scale, domain }; });
    }
    if (block.chart === "bars") { // room for the figures at the ends
      const most = Math.max(...rows.map((row) => row[block.high || block.x] || 0));
      if (most > 0) spec.layer.forEach((layer) => { layer.encoding.x.scale = { ...layer.encoding.x.scale, domainMax: most * 1.13 }; });
    }
    if (block.chart === "sankey") spec.datasets = flows(block, rows);
    else spec.data = { values: rows };
    const embedded = await window.vegaEmbed(chart, spec, { actions: false, renderer: "svg", config: CONFIG, expressionFunctions: { num } });
    views[block.id] = embedded;
  }

  function frame(block) {
    const parts = [element("h2", { id: `title-${block.id}` }, block.title[state.lang])];
    const about = element("p", { class: "about" }, block.about[state.lang]);
    if (block.governed) about.append(` ${say("governed", { x: block.governed.name })}: ${block.governed[state.lang]}`);
    parts.push(about);
    const rows = unpack(block);
    if (block.choose && rows.length) {
      chosen[block.id] = chosen[block.id] || {};
      parts.push(element("div", { class: "choose" }, ...Object.entries(block.choose).map(([name, { label, first }]) => {
        const values = [...new Set(rows.map((row) => row[name]))];
        if (!(name in chosen[block.id])) chosen[block.id][name] = values.includes(first) ? first : first === "(last)" ? values[values.length - 1] : values[0];
        const twin = Object.fromEntries(rows.map((row) => [row[name], spoken(row)[name]]));
        const select = element("select", {}, ...values.map((value) => element("option", { value, selected: value === chosen[block.id][name] ? "" : null }, twin[value])));
        select.addEventListener("change", () => { chosen[block.id][name] = select.value; draw(block); });
        return element("label", {}, label[state.lang], select);
      })));
    }
    parts.push(element("p", { class: "note", "data-part": "note", hidden: "" }), element("div", { class: "chart", "data-part": "chart" }));
    const foot = element("div", { class: "foot" }, element("span", {}, say("as_of", { x: payload.asOf })), element("span", { class: "aside", "data-part": "aside" }));
    const details = element("details", {}, element("summary", {}, say("table")), element("div", { "data-part": "rows" }));
    details.addEventListener("toggle", () => {
      const body = details.querySelector("[data-part=rows]");
      body.replaceChildren();
      if (details.open && block.head) body.append(table(block, shown[block.id] || []));
    });
    const button = element("button", { type: "button", "aria-label": `${say("csv")}: ${block.title[state.lang]}` }, say("csv"));
    button.addEventListener("click", () => download(block, shown[block.id] || []));
    if (block.chart === "table") details.hidden = true;
    if (block.head) foot.append(button);
    foot.append(details);
    return element("section", { id: `block-${block.id}`, class: block.wide ? "wide" : null, "aria-labelledby": `title-${block.id}` }, ...parts, foot);
  }

  function filterForm() {
    const form = $("filters");
    const years = [...new Set((payload.filters.month || []).map((month) => month.slice(0, 4)))].reverse();
    const options = (name) => (name === "month"
      ? [["all", say("all")], ...["last_3", "last_6", "last_12"].map((key) => [key, say(key)]), ...years.map((year) => [year, year])]
      : [["all", say("all")], ...payload.filters[name].map((value) => [value, word(value)])]);
    form.replaceChildren(...Object.keys(payload.filters).map((name) => {
      const select = element("select", { name, id: `filter-${name}` }, ...options(name).map(([value, text]) => element("option", { value, selected: value === (state[name] || "all") ? "" : null }, text)));
      select.addEventListener("change", () => { state[name] = select.value; remember(); payload.page.blocks.forEach(draw); });
      return element("label", {}, say(name), select);
    }));
    if (Object.keys(payload.filters).length) {
      const reset = element("button", { type: "button" }, say("reset"));
      reset.addEventListener("click", () => { Object.keys(payload.filters).forEach((name) => { state[name] = "all"; }); remember(); page(); });
      form.append(reset);
    }
  }

  function remember() {
    const kept = ["lang", "month", "channel", "region", "segment"].filter((name) => state[name] && (state[name] !== "all" || name === "month"));
    const hash = `#${kept.map((name) => `${name}=${encodeURIComponent(state[name])}`).join("&")}`;
    history.replaceState(null, "", hash);
    $("pages").replaceChildren(...payload.pages.map(({ id, file, title }) =>
      element("li", {}, element("a", { href: file + hash, "aria-current": id === payload.page.id ? "page" : null }, title[state.lang]))));
  }

  async function page() {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    document.title = `${payload.page.title[state.lang]} · customer360`;
    document.querySelectorAll("[data-text]").forEach((node) => { node.textContent = say(node.dataset.text); });
    document.querySelectorAll("[data-label]").forEach((node) => { node.setAttribute("aria-label", say(node.dataset.label)); });
    $("title").textContent = payload.page.title[state.lang];
    $("lead").textContent = payload.page.lead[state.lang];
    $("as-of").textContent = say("as_of", { x: payload.asOf });
    $("language").textContent = say("language");
    $("language").lang = state.lang === "zh" ? "en" : "zh-CN";
    $("legend").textContent = [say("small"), say("open"), say("band")].join(" · ");
    $("footer").textContent = say("footer");
    remember();
    filterForm();
    $("blocks").replaceChildren(...payload.page.blocks.map(frame));
    for (const block of payload.page.blocks) await draw(block);
    document.body.dataset.ready = state.lang;
  }

  const asked = new URLSearchParams(location.hash.slice(1));
  state.lang = asked.get("lang") || (navigator.language.startsWith("zh") ? "zh" : "en");
  ["month", "channel", "region", "segment"].forEach((name) => { state[name] = asked.get(name) || (name === "month" ? "last_12" : "all"); });
  ["channel", "region", "segment"].forEach((name) => { if (payload.filters[name] && !payload.filters[name].includes(state[name])) state[name] = "all"; });
  $("language").addEventListener("click", () => { state.lang = state.lang === "zh" ? "en" : "zh"; delete document.body.dataset.ready; page(); });
  window.addEventListener("beforeprint", () => Object.values(views).forEach(({ view }) => view.resize().run()));
  page();
})();
