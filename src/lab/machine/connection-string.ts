/**
 * The lab's database as its nodes are configured with it. It has the form that Octopus Server uses, and is of use in
 * the lab only.
 */
export const labConnectionString = (directory: string): string =>
  `Engine=SQLite;Data Source=${quoted(directory)};Database=${quoted(`${directory}/dbo.db`)}`;

const quoted = (value: string): string => (/[;'"=]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
