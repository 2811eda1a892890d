/** An option by its key, such as `drainTimeout`, as it is typed: `--drain-timeout`. */
export const typedFlag = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
