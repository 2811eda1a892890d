/** Text from elsewhere as it may stand on a terminal: in one line, and without characters that steer the terminal. */
export const visible = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '·')
    .trim();

/** The same for text of several lines, which are kept. */
export const harmless = (text: string): string => text.replace(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, '·');

/** The same for lines of a file, whose tabs are kept. */
export const harmlessLines = (text: string): string => text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '·');
