import { type Subject, subjectOf, subjects } from '../../checks/check.js';
import { isProblem, type Outcome, type Status, statuses } from '../../checks/outcome.js';
import type { Report } from '../../checks/report.js';
import { formatDuration } from '../../cluster/duration.js';
import { html } from './escape.js';
import { clusterPicture } from './picture.js';
import { style } from './style.js';

const words: Record<Report['verdict'], string> = { pass: 'healthy', warn: 'needs a look', fail: 'unhealthy' };

/** What a status is called, also where colours are not seen. */
const said: Record<Status, string> = {
  pass: 'passed',
  warn: 'warning',
  fail: 'failed',
  skip: 'skipped',
  unknown: 'not known',
  crash: 'crashed',
  suppressed: 'suppressed',
};

const counted = (status: Status, count: number): string =>
  `${count} ${said[status]}${status === 'warn' && count !== 1 ? 's' : ''}`;

const marks: Record<Status, string> = {
  pass: '√',
  warn: '!',
  fail: '×',
  skip: '–',
  unknown: '?',
  crash: '×',
  suppressed: '~',
};

/** One page that needs nothing else: no script, no picture, no font from elsewhere. */
export function doctorHtml(report: Report): string {
  const name = report.cluster?.context ?? report.cluster?.database ?? 'the cluster';
  const problems = report.outcomes.filter(isProblem);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(name)}: ${words[report.verdict]}</title>
<style>${style}</style>
</head>
<body>
<header class="verdict ${report.verdict}">
<h1>${html(name)} <span class="word">${words[report.verdict]}</span></h1>
<p>${countsText(report)}</p>
<p class="small">${html(report.at.toISOString().slice(0, 19).replace('T', ' '))} UTC, in ${formatDuration(report.durationMs)}${versionText(report)}</p>
</header>
<main>
<section aria-labelledby="picture"><h2 id="picture">The cluster</h2>${clusterPicture(report)}</section>
${problems.length === 0 ? '' : `<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${problems.map(finding).join('\n')}</section>`}
${changesSection(report)}
<section aria-labelledby="matrix"><h2 id="matrix">Nodes and checks</h2>${matrix(report)}</section>
<section aria-labelledby="all"><h2 id="all">Checks of the cluster</h2>${subjects.map((subject) => subjectTable(report, subject)).join('\n')}</section>
<section aria-labelledby="history"><h2 id="history">Last runs</h2>${historyTable(report)}</section>
</main>
</body>
</html>
`;
}

const versionText = ({ cluster }: Report): string =>
  cluster === null
    ? ''
    : `, ${html(cluster.database)} on ${html(cluster.server)}${cluster.version === null ? '' : `, Octopus ${html(cluster.version)}`}`;

/** The worst first. */
const order = ['fail', 'crash', 'unknown', 'warn', 'pass', 'suppressed', 'skip'] as const satisfies readonly Status[];

const countsText = ({ counts }: Report): string =>
  order
    .filter((status) => counts[status] > 0)
    .map((status) => `<span class="badge ${status}">${marks[status]} ${counted(status, counts[status])}</span>`)
    .join(' ');

function finding({ check, node, observedFrom, status, problem, remedy, evidence }: Outcome): string {
  const seen = Object.entries(evidence).map(
    ([name, value]) =>
      `<dt>${html(name)}</dt><dd>${html(Array.isArray(value) ? value.join(', ') : String(value))}</dd>`,
  );
  return `<article class="finding ${status}">
<h3><span class="badge ${status}">${marks[status]} ${said[status]}</span> <code>${html(check.id)}</code>${node === null ? '' : ` <b>${html(node)}</b>`}</h3>
<p>${html(problem ?? check.title)}</p>
<p class="small">Should be so: ${html(check.title)}. Seen from ${observedFrom === 'admin' ? 'the admin machine' : html(observedFrom)}.</p>
${seen.length === 0 ? '' : `<dl>${seen.join('')}</dl>`}
${remedy === null ? '' : `<p><b>Cure</b> ${html(remedy.text)}</p>`}${remedy?.commands?.length ? `<pre>${remedy.commands.map(html).join('\n')}</pre>` : ''}
</article>`;
}

/** A row a check, a column a node. */
function matrix({ outcomes }: Report): string {
  const about = outcomes.filter(({ node }) => node !== null);
  const nodes = [...new Set(about.map(({ node }) => node ?? ''))];
  if (nodes.length === 0) return '<p>No check looked at a node.</p>';
  const ids = [...new Set(about.map(({ check }) => check.id))];
  const rows = ids.map((id) => {
    const of = about.filter(({ check }) => check.id === id);
    const cells = nodes.map((node) => cell(of.find((outcome) => outcome.node === node)));
    return `<tr><th scope="row"><code>${html(id)}</code><span class="small"> ${html(of[0]?.check.title ?? '')}</span></th>${cells.join('')}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="group" aria-label="nodes and checks, a table that scrolls"><table class="matrix"><thead><tr><th scope="col">check</th>${nodes
    .map((node) => `<th scope="col">${html(node)}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

const cell = (outcome: Outcome | undefined): string =>
  outcome === undefined
    ? '<td></td>'
    : `<td class="${outcome.status}" title="${html(outcome.problem ?? said[outcome.status])}"><span aria-hidden="true">${marks[outcome.status]}</span><span class="unseen">${said[outcome.status]}</span></td>`;

function subjectTable({ outcomes }: Report, subject: Subject): string {
  const of = outcomes.filter(({ check, node }) => node === null && subjectOf(check) === subject);
  if (of.length === 0) return '';
  const rows = of.map(
    ({ check, status, problem }) =>
      `<tr><td class="${status}"><span aria-hidden="true">${marks[status]}</span><span class="unseen">${said[status]}</span></td><td><code>${html(check.id)}</code></td><td>${html(problem ?? check.title)}</td></tr>`,
  );
  return `<h3>${html(subject)}</h3><table><thead class="unseen"><tr><th scope="col">status</th><th scope="col">check</th><th scope="col">said</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function changesSection({ changes }: Report): string {
  if (changes === null) return '';
  const items = (mark: string, findings: readonly { readonly key: string; readonly problem: string }[]) =>
    findings.map(({ key, problem }) => `<li><b>${mark}</b> <code>${html(key)}</code> ${html(problem)}</li>`);
  const all = [...items('new', changes.new), ...items('gone', changes.gone), ...items('still', changes.still)];
  return `<section aria-labelledby="changes"><h2 id="changes">Since ${html(changes.since.toISOString().slice(0, 19).replace('T', ' '))} UTC</h2>${
    all.length === 0 ? '<p>Nothing has changed.</p>' : `<ul>${all.join('')}</ul>`
  }</section>`;
}

function historyTable({ history }: Report): string {
  if (history.length === 0) return '<p>No earlier run is kept with the cluster.</p>';
  const rows = history.map(({ at, who, verdict, counts, durationMs }) => {
    const known = verdict === 'pass' || verdict === 'warn' ? verdict : 'fail';
    const told = statuses
      .filter((status) => (counts[status] ?? 0) > 0)
      .map((status) => counted(status, counts[status] ?? 0));
    return `<tr><td>${html(at.toISOString().slice(0, 19).replace('T', ' '))}</td><td class="${known}">${words[known]}</td><td>${html(told.join(', '))}</td><td>${formatDuration(durationMs)}</td><td>${html(who)}</td></tr>`;
  });
  return `<table><thead><tr><th scope="col">UTC</th><th scope="col">verdict</th><th scope="col">outcomes</th><th scope="col">took</th><th scope="col">by</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}
