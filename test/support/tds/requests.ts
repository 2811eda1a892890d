/** What a client asked, as far as tests care. */
export interface Asked {
  readonly kind: 'statement' | 'batch' | 'begin' | 'commit' | 'rollback';
  readonly text: string;
  /** `@p1 int, @p2 nvarchar(4000)`: the parameters of a statement. */
  readonly declaration: string;
}

export interface LoginAttempt {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly application: string;
}

export function loginAttempt(payload: Buffer): LoginAttempt {
  const text = (at: number) => {
    const start = payload.readUInt16LE(at);
    return payload.toString('utf16le', start, start + payload.readUInt16LE(at + 2) * 2);
  };
  return { user: text(40), password: clear(text(44)), application: text(48), database: text(68) };
}

/** Passwords travel with each byte's halves exchanged, after an exclusive or with 0xa5. */
function clear(scrambled: string): string {
  const bytes = Buffer.from(scrambled, 'utf16le').map((byte) => {
    const mixed = byte ^ 0xa5;
    return ((mixed << 4) | (mixed >> 4)) & 0xff;
  });
  return Buffer.from(bytes).toString('utf16le');
}

const afterHeaders = (payload: Buffer) => payload.subarray(payload.readUInt32LE(0));

export const batch = (payload: Buffer): Asked => ({
  kind: 'batch',
  text: afterHeaders(payload).toString('utf16le'),
  declaration: '',
});

const transactionRequests = { 5: 'begin', 7: 'commit', 8: 'rollback' } as const;

export function transactionRequest(payload: Buffer): Asked {
  const kind = afterHeaders(payload).readUInt16LE(0);
  return { kind: transactionRequests[kind as keyof typeof transactionRequests], text: '', declaration: '' };
}

/** `sp_executesql`, called by its number: the statement and the declaration of its parameters come first. */
export function statement(payload: Buffer): Asked {
  const call = afterHeaders(payload);
  let at = 6;
  const nextText = (): string => {
    if (at >= call.length) return '';
    at += 1 + call.readUInt8(at) * 2 + 1 + 1;
    const longest = call.readUInt16LE(at);
    at += 2 + 5;
    if (longest !== 0xffff) {
      const length = call.readUInt16LE(at);
      at += 2 + length;
      return call.toString('utf16le', at - length, at);
    }
    at += 8;
    let text = '';
    for (;;) {
      const length = call.readUInt32LE(at);
      at += 4 + length;
      if (length === 0) return text;
      text += call.toString('utf16le', at - length, at);
    }
  };
  return { kind: 'statement', text: nextText(), declaration: nextText() };
}
