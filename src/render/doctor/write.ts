import type { Report } from '../../checks/report.js';
import type { ReportEnding } from './formats.js';
import { doctorHtml } from './html.js';
import { doctorJson } from './json.js';
import { doctorJunit } from './junit.js';
import { doctorMarkdown } from './markdown.js';
import { doctorSarif } from './sarif.js';

const formats: Readonly<Record<ReportEnding, (report: Report) => string>> = {
  '.junit.xml': doctorJunit,
  '.sarif': doctorSarif,
  '.html': doctorHtml,
  '.json': (report) => `${JSON.stringify(doctorJson(report), null, 2)}\n`,
  '.md': doctorMarkdown,
};

/** A report in the format of a file. */
export const writtenReport = (report: Report, ending: ReportEnding): string => formats[ending](report);
