#include "inspect/html_assets.h"

namespace tern::inspect {

constinit const std::string_view kHtmlStyle = R"css(
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --mark: #d97706; }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1rem 1.25rem; }
h1 { font-size: 1.35rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0; display: inline; }
code, td, th, .facts { font-size: 13px; }
code, .mono { font-family: ui-monospace, monospace; }
.facts { border-collapse: collapse; margin-bottom: 1rem; }
.facts th { text-align: left; vertical-align: top; padding: .1rem 1.2rem .1rem 0; font-weight: 600; white-space: nowrap; }
.facts td { padding: .1rem 0; overflow-wrap: anywhere; }
.facts div { max-height: 7rem; overflow: auto; }
details { margin: .6rem 0; }
summary { cursor: pointer; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; margin: .6rem 0; }
.bar input[type=search] { font: inherit; padding: .15rem .4rem; width: 19rem; max-width: 100%; }
select, button { font: inherit; } select { max-width: 24rem; }
.look { display: grid; grid-template-columns: minmax(0, 1fr) 22rem; gap: .8rem; }
@media (max-width: 60rem) { .look { grid-template-columns: minmax(0, 1fr); } }
.views { border: 1px solid var(--line); height: 32rem; resize: vertical; overflow: hidden; position: relative; }
.view { width: 100%; height: 100%; overflow: hidden; cursor: grab; touch-action: none; user-select: none; }
.view[hidden] { display: none; }
.view svg { transform-origin: 0 0; }
aside { border: 1px solid var(--line); padding: .5rem .7rem; overflow: auto; max-height: 32rem; font-size: 13px; overflow-wrap: anywhere; }
aside dt { font-weight: 600; margin-top: .35rem; } aside dd { margin: 0 0 0 .6rem; }
svg { font: 13px ui-monospace, monospace; }
svg text { text-anchor: middle; fill: currentColor; pointer-events: none; }
svg .small { font-size: 11px; opacity: .75; }
svg rect { fill: Canvas; stroke: var(--hue, #888); stroke-width: 1.4; }
.edges path { fill: none; stroke: #8889; stroke-width: 1.3; }
.edges path:hover, .edges path.near { stroke: var(--mark); stroke-width: 2.4; }
.node { cursor: pointer; }
.node rect { fill: color-mix(in srgb, var(--hue, #888) 20%, Canvas); }
.weights { --hue: #2f6fde; } .norm { --hue: #8b5cf6; } .active { --hue: #16a34a; } .pool { --hue: #ea7a1a; }
.move { --hue: #78838f; } .flow { --hue: #dc2626; } .quant { --hue: #0d9488; } .grad { --hue: #be185d; }
.end rect { stroke-dasharray: 4 3; }
.node.off { opacity: .22; }
.node.chosen rect { stroke: var(--mark); stroke-width: 3.5; }
.arena { width: 100%; height: 15rem; border: 1px solid var(--line); }
.arena rect { stroke: none; } .arena rect:hover { opacity: .6; }
.rows { overflow: auto; max-height: 36rem; border: 1px solid var(--line); }
.rows table { border-collapse: collapse; width: 100%; }
.rows th { position: sticky; top: 0; background: Canvas; cursor: pointer; text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
.rows th[aria-sort=ascending]::after { content: " \25b4"; } .rows th[aria-sort=descending]::after { content: " \25be"; }
.rows td { padding: .1rem .6rem; border-bottom: 1px solid var(--soft); font-family: ui-monospace, monospace; vertical-align: top; overflow-wrap: anywhere; }
.rows td.n { text-align: right; white-space: nowrap; }
.rows tbody tr { cursor: pointer; } .rows tbody tr:hover { background: var(--soft); }
.rows tr.chosen { background: color-mix(in srgb, var(--mark) 25%, Canvas); }
)css";

constinit const std::string_view kHtmlScript = R"js(
'use strict';
const $ = id => document.getElementById(id);
const views = JSON.parse($('data').textContent).views;
const columns = [
  {title: '#', get: n => n.index, number: true},
  {title: 'operator', get: n => n.op},
  {title: 'node', get: n => n.name},
  {title: 'kernel', get: n => n.kernel, running: true},
  {title: 'shapes', get: n => n.shapes},
  {title: 'MFLOP', get: n => n.flops / 1e6, number: true, digits: 3, running: true},
  {title: 'MB', get: n => n.bytes / 1e6, number: true, digits: 3, running: true}];
for (const view of views) view.nodes.forEach((node, i) => {
  node.index = i;
  node.shapes ??= node.inputs.map(v => v[1]).join(' ') + ' -> ' + node.outputs.map(v => v[1]).join(' ');
  node.text = [node.op, node.name, node.kernel, node.shapes, node.attributes,
               ...node.inputs.map(v => v[0]), ...node.outputs.map(v => v[0])].join(' ').toLowerCase();
});
let view, scene, order = {column: 0, down: false}, chosen = null;
const place = {x: 0, y: 0, scale: 1};

function element(name, text, parent) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function move() {
  scene.firstElementChild.style.transform = `translate(${place.x}px,${place.y}px) scale(${place.scale})`;
}
function zoom(factor, x, y) {
  const scale = Math.min(4, Math.max(.02, place.scale * factor));
  place.x = x - (x - place.x) * scale / place.scale;
  place.y = y - (y - place.y) * scale / place.scale;
  place.scale = scale;
  move();
}
function top_of_graph() {
  const svg = scene.firstElementChild, first = svg.querySelector('.end, .node');
  place.scale = 1;
  const centre = first ? first.transform.baseVal[0].matrix.e + first.querySelector('rect').width.baseVal.value / 2 : 0;
  const width = svg.width.baseVal.value;
  place.x = width <= scene.clientWidth ? (scene.clientWidth - width) / 2 : scene.clientWidth / 2 - centre;
  place.y = 0;
  move();
}
function whole_graph() {
  const svg = scene.firstElementChild, w = svg.width.baseVal.value, h = svg.height.baseVal.value;
  place.scale = Math.max(.02, Math.min(1, scene.clientWidth / w, scene.clientHeight / h));
  place.x = (scene.clientWidth - w * place.scale) / 2;
  place.y = (scene.clientHeight - h * place.scale) / 2;
  move();
}

function group_of(node) { return scene.querySelector(`[data-node="${node.id}"]`); }

function choose(node, from_table) {
  if (chosen) {
    group_of(chosen)?.classList.remove('chosen');
    chosen.row?.classList.remove('chosen');
    for (const path of scene.querySelectorAll('path.near')) path.classList.remove('near');
  }
  chosen = node;
  const panel = $('panel');
  panel.replaceChildren();
  if (!node) return element('p', 'Choose a node in the graph or in the table.', panel);
  const group = group_of(node);
  group?.classList.add('chosen');
  node.row?.classList.add('chosen');
  for (const path of scene.querySelectorAll('.edges path')) {
    if (path.dataset.e.split(' ').includes(String(node.id))) path.classList.add('near');
  }
  if (from_table && group) {
    const at = group.transform.baseVal[0].matrix, box = group.querySelector('rect');
    if (place.scale < .6) place.scale = 1;
    place.x = scene.clientWidth / 2 - (at.e + box.width.baseVal.value / 2) * place.scale;
    place.y = scene.clientHeight / 2 - at.f * place.scale;
    move();
  } else if (node.row) {
    node.row.scrollIntoView({block: 'nearest'});
  }
  element('h2', node.op, panel);
  const list = element('dl', undefined, panel);
  const add = (title, lines) => {
    lines = lines.filter(line => line);
    if (!lines.length) return;
    element('dt', title, list);
    for (const line of lines) element('dd', line, list).className = 'mono';
  };
  add('node', [node.name]);
  add('attributes', node.attributes ? node.attributes.split('\n') : []);
  add('inputs', node.inputs.map(v => v.filter(Boolean).join('  ')));
  add('outputs', node.outputs.map(v => v.join('  ')));
  add('kernel', [node.kernel]);
  if (node.flops !== undefined) {
    add('cost', [`${(node.flops / 1e6).toFixed(3)} MFLOP, ${(node.bytes / 1e6).toFixed(3)} MB read and written`]);
  }
  if (view.running && node.kernel === undefined) add('kernel', ['none: done when sizes are known, or in a later part']);
}

function shown(node) { return !$('search').value || $('search').value.toLowerCase().split(/\s+/).every(w => node.text.includes(w)); }

function fill_table() {
  const used = columns.filter(c => !c.running || view.running);
  const head = $('head'), body = $('body');
  head.replaceChildren(); body.replaceChildren();
  used.forEach(column => {
    const th = element('th', column.title, head);
    const i = columns.indexOf(column);
    th.tabIndex = 0;
    if (i === order.column) th.ariaSort = order.down ? 'descending' : 'ascending';
    th.onclick = () => {
      order = {column: i, down: i === order.column ? !order.down : !!column.digits};
      fill_table();
    };
    th.onkeydown = event => { if (event.key === 'Enter') th.onclick(); };
  });
  const get = columns[order.column].get, sign = order.down ? -1 : 1;
  const rows = view.nodes.slice().sort((a, b) => {
    const x = get(a), y = get(b);
    const x_is = x !== undefined && x === x, y_is = y !== undefined && y === y;
    if (!x_is || !y_is) return y_is - x_is;
    return (x < y ? -1 : x > y ? 1 : 0) * sign;
  });
  const part = document.createDocumentFragment();
  for (const node of rows) {
    const row = node.row = element('tr', undefined, part);
    for (const column of used) {
      const value = column.get(node);
      const missing = value === undefined || value !== value;
      const cell = element('td', missing ? '' : column.digits ? value.toFixed(column.digits) : value, row);
      if (column.number) cell.className = 'n';
    }
    row.onclick = () => choose(node, true);
    if (node === chosen) row.classList.add('chosen');
  }
  body.append(part);
  search();
}

function search() {
  let count = 0;
  const groups = new Map([...scene.querySelectorAll('[data-node]')].map(g => [g.dataset.node, g]));
  for (const node of view.nodes) {
    const match = shown(node);
    count += match;
    node.row.hidden = !match;
    groups.get(String(node.id))?.classList.toggle('off', !match);
  }
  $('count').textContent = `${count} of ${view.nodes.length} nodes`;
}

function show(i) {
  choose(null);
  scene?.setAttribute('hidden', '');
  view = views[i];
  scene = $('view' + i);
  scene.removeAttribute('hidden');
  if (!view.running && columns[order.column].running) order = {column: 0, down: false};
  fill_table();
  choose(null);
  top_of_graph();
}

views.forEach((v, i) => { element('option', `${v.title} (${v.nodes.length})`, $('choice')).value = i; });
$('choice').onchange = () => show(+$('choice').value);
$('search').oninput = search;
$('search').onkeydown = event => {
  if (event.key !== 'Enter') return;
  const hits = view.nodes.filter(shown);
  if (hits.length) choose(hits[(hits.indexOf(chosen) + 1) % hits.length], true);
};
$('in').onclick = () => zoom(1.3, scene.clientWidth / 2, scene.clientHeight / 2);
$('out').onclick = () => zoom(1 / 1.3, scene.clientWidth / 2, scene.clientHeight / 2);
$('whole').onclick = whole_graph;
$('top').onclick = top_of_graph;
let drag = null;
$('views').onpointerdown = event => { drag = {x: event.clientX - place.x, y: event.clientY - place.y, moved: false}; };
$('views').onpointermove = event => {
  if (!drag || !event.buttons) return;
  const x = event.clientX - drag.x, y = event.clientY - drag.y;
  if (Math.abs(x - place.x) + Math.abs(y - place.y) > 3) drag.moved = true;
  if (!drag.moved) return;
  place.x = x; place.y = y;
  move();
};
$('views').onclick = event => {
  const moved = drag?.moved;
  drag = null;
  if (moved) return;
  const group = event.target.closest('[data-node]');
  if (group) choose(view.nodes.find(n => String(n.id) === group.dataset.node), false);
};
$('views').addEventListener('wheel', event => {
  event.preventDefault();
  const box = $('views').getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 500), event.clientX - box.left, event.clientY - box.top);
}, {passive: false});
if (views.length) show(0);
)js";

}  // namespace tern::inspect
