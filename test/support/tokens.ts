import { parseAllDocuments, type ScalarTag } from 'yaml';

/**
 * What a program would read of a configuration: words with their quotes and escapes resolved, and no comments. Small
 * readers, each by its product's own rules; whatever they cannot read throws.
 */
export type Tokens = readonly string[];

const sticky = (pattern: RegExp): RegExp => new RegExp(pattern.source, 'ysu');

interface Rule {
  readonly pattern: RegExp;
  /** `null` for what is skipped. */
  readonly token: ((match: RegExpExecArray) => string) | null;
}

function read(text: string, rules: readonly Rule[]): Tokens {
  const tokens: string[] = [];
  const compiled = rules.map((rule) => ({ ...rule, pattern: sticky(rule.pattern) }));
  for (let at = 0; at < text.length; ) {
    const found = compiled
      .map(({ pattern, token }) => {
        pattern.lastIndex = at;
        const match = pattern.exec(text);
        return match === null || match[0] === '' ? undefined : { match, token };
      })
      .find((one) => one !== undefined);
    if (found === undefined) throw new Error(`cannot be read: ${JSON.stringify(text.slice(at, at + 60))}`);
    if (found.token !== null) tokens.push(found.token(found.match));
    at += found.match[0].length;
  }
  return tokens;
}

const whole = (match: RegExpExecArray): string => match[0];
const unescaped = (match: RegExpExecArray): string => (match[1] ?? '').replace(/\\(.)/gs, '$1');
const jsonString = (match: RegExpExecArray): string => JSON.parse(match[0]);
const space: Rule = { pattern: /\s+/, token: null };
const hash: Rule = { pattern: /#[^\n]*/, token: null };
const slashes: Rule = { pattern: /\/\/[^\n]*/, token: null };
const line: Rule = { pattern: /[ \t]*\n/, token: () => '\n' };
const blank: Rule = { pattern: /[ \t]+/, token: null };

/** https://nginx.org/en/docs/dev/development_guide.html#http_conf_syntax */
const nginxTokens = (text: string): Tokens =>
  read(text, [
    space,
    hash,
    { pattern: /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/, token: (m) => (m[1] ?? m[2] ?? '').replace(/\\(.)/gs, '$1') },
    { pattern: /[{};]/, token: whole },
    { pattern: /[^\s{};"'#][^\s{};]*/, token: whole },
  ]);

/** https://docs.haproxy.org/2.6/configuration.html#2.2 */
const haproxyTokens = (text: string): Tokens =>
  read(text, [
    line,
    blank,
    hash,
    { pattern: /"((?:[^"\\\n$]|\\.)*)"/, token: unescaped },
    { pattern: /[^\s#"'\\$]+/, token: whole },
  ]).filter(isNoEmptyLine);

const isNoEmptyLine = (token: string, i: number, all: Tokens): boolean => token !== '\n' || all[i - 1] !== '\n';

/** https://httpd.apache.org/docs/2.4/configuring.html#syntax */
const apacheTokens = (text: string): Tokens =>
  read(text.replaceAll('\\\n', ''), [
    { pattern: /[ \t]*#[^\n]*\n/, token: null },
    line,
    blank,
    { pattern: /"((?:[^"\\\n]|\\.)*)"/, token: unescaped },
    { pattern: /[^\s"]+/, token: whole },
  ]);

/** https://caddyserver.com/docs/caddyfile/concepts */
const caddyTokens = (text: string): Tokens => {
  // Before anything is read, in comments too.
  if (/\{\$[^}]*\}/.test(text)) throw new Error('the environment would be written into it');
  return read(text, [
    line,
    blank,
    hash,
    { pattern: /"((?:[^"\\]|\\.)*)"/, token: (m) => (m[1] ?? '').replaceAll('\\"', '"') },
    { pattern: /`[^`]*`/, token: whole },
    { pattern: /[^\s"`#]\S*/, token: whole },
  ]);
};

/** https://learn.microsoft.com/en-us/powershell/scripting/lang-spec/chapter-02 */
const powershellTokens = (text: string): Tokens =>
  read(text, [
    line,
    blank,
    { pattern: /<#.*?#>/, token: null },
    hash,
    { pattern: /'((?:[^']|'')*)'/, token: (m) => (m[1] ?? '').replaceAll("''", "'") },
    { pattern: /"((?:[^"`]|`.|"")*)"/, token: whole },
    { pattern: /[^\s'"#]+/, token: whole },
  ]);

/** https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md */
const terraformTokens = (text: string): Tokens =>
  read(text, [
    line,
    blank,
    hash,
    slashes,
    { pattern: /\/\*.*?\*\//, token: null },
    {
      pattern: /"(?:[^"\\\n]|\\.)*"/,
      token(match) {
        if (/(^|[^$])(\$\$)*\$\{|(^|[^%])(%%)*%\{/.test(match[0])) throw new Error(`an expression: ${match[0]}`);
        return jsonString(match).replaceAll('$${', '${').replaceAll('%%{', '%{');
      },
    },
    { pattern: /[A-Za-z_][\w.-]*|\d+|[={}[\](),]/, token: whole },
  ]);

/** https://learn.microsoft.com/en-us/azure/azure-resource-manager/bicep/file */
const bicepTokens = (text: string): Tokens =>
  read(text, [
    line,
    blank,
    slashes,
    { pattern: /\/\*.*?\*\//, token: null },
    { pattern: /'((?:[^'\\\n]|\\.)*)'/, token: unescaped },
    { pattern: /[A-Za-z_]\w*|\d+|[={}[\]():,?.@]/, token: whole },
  ]);

/** Commands a line each: tmsh and NetScaler. */
const commandTokens = (text: string): Tokens =>
  read(text, [
    { pattern: /#[^\n]*\n/, token: () => '\n' },
    line,
    blank,
    { pattern: /"((?:[^"\\\n]|\\.)*)"/, token: unescaped },
    { pattern: /[^\s"'#;|&`$\\]+/, token: whole },
  ]).filter(isNoEmptyLine);

const tags: ScalarTag[] = ['!Ref', '!GetAtt'].map((tag) => ({ tag, resolve: (value) => `${tag} ${value}` }));

const yamlTokens = (text: string): Tokens =>
  parseAllDocuments(text, { customTags: tags }).flatMap((document) => {
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong !== undefined) throw wrong;
    return flattened(document.toJS());
  });

const jsonTokens = (text: string): Tokens => flattened(JSON.parse(text));

const flattened = (value: unknown): Tokens =>
  Array.isArray(value)
    ? ['[', ...value.flatMap(flattened), ']']
    : typeof value === 'object' && value !== null
      ? ['{', ...Object.entries(value).flatMap(([key, one]) => [key, ':', ...flattened(one)]), '}']
      : [typeof value === 'string' ? value : `<${typeof value} ${String(value)}>`];

/** By product and format. */
export const tokensOf: Readonly<Record<string, (text: string) => Tokens>> = {
  'haproxy.cfg': haproxyTokens,
  'nginx.nginx.conf': nginxTokens,
  'nginx.conf.d': nginxTokens,
  'nginx-plus.nginx.conf': nginxTokens,
  'nginx-plus.conf.d': nginxTokens,
  'apache.conf': apacheTokens,
  'caddy.Caddyfile': caddyTokens,
  'traefik.dynamic': yamlTokens,
  'traefik.static': yamlTokens,
  'envoy.bootstrap': yamlTokens,
  'iis.powershell': powershellTokens,
  'netscaler.cli': commandTokens,
  'f5.as3': jsonTokens,
  'f5.tmsh': commandTokens,
  'aws-alb.terraform': terraformTokens,
  'aws-alb.cloudformation': yamlTokens,
  'aws-nlb.terraform': terraformTokens,
  'aws-nlb.cloudformation': yamlTokens,
  'azure-appgw.bicep': bicepTokens,
  'azure-lb.bicep': bicepTokens,
  'gcp.terraform': terraformTokens,
  'ingress-nginx.yaml': yamlTokens,
  'gateway-api.yaml': yamlTokens,
};
