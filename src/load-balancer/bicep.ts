/** A string of Bicep, where `${` begins an expression. https://learn.microsoft.com/en-us/azure/azure-resource-manager/bicep/data-types#strings */
export const bicepString = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${')}'`;
