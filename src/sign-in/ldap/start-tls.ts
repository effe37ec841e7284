import type { Socket } from 'node:net';
import { ServerFailure } from './failure.ts';

/** An extended request, number 1, for 1.3.6.1.4.1.1466.20037 (RFC 4511 section 4.14). */
const request = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037'),
]);
/** What the answer begins with behind its length: number 1, an extended response. */
const answerStart = Buffer.from([0x02, 0x01, 0x01, 0x78]);
/** Longer answers are not read; servers send some forty bytes. */
const mostBytes = 4096;

/**
 * Asks a server to go on with TLS. Until then anybody in between may write what they like, so the answer is read here,
 * byte by byte, and not by the library: it must be this one message and nothing behind it, which could be taken for an
 * answer of the server to what is asked later.
 * @throws ServerFailure when the server refuses, or sends anything else
 */
export async function askForTls(socket: Socket, signal: AbortSignal): Promise<void> {
  const answer = new Promise<number>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (): void => {
      socket.off('data', take).off('close', broken).off('error', broken);
      signal.removeEventListener('abort', broken);
      socket.pause();
    };
    const broken = (): void => {
      end();
      reject(new ServerFailure('the connection broke before TLS', { isBroken: true }));
    };
    const take = (data: Buffer): void => {
      received = Buffer.concat([received, data]);
      try {
        const result = resultOf(received);
        if (result === undefined) return;
        end();
        resolve(result);
      } catch (error) {
        end();
        reject(error);
      }
    };
    socket.on('data', take).on('close', broken).on('error', broken);
    signal.addEventListener('abort', broken);
    socket.write(request);
  });
  const result = await answer;
  if (result !== 0) throw new ServerFailure(`StartTLS is refused with result ${result}`);
}

/** The result in the answer; undefined while it is not whole. @throws ServerFailure when it is another message */
function resultOf(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const whole = lengthAt(bytes, 1);
  if (bytes[0] !== 0x30 || whole === 'none') throw notTheAnswer();
  if (whole === undefined || bytes.length < whole.start + whole.length) {
    if (bytes.length > mostBytes) throw notTheAnswer();
    return undefined;
  }
  if (bytes.length > whole.start + whole.length || whole.length > mostBytes) throw notTheAnswer();
  const body = bytes.subarray(whole.start);
  const response = lengthAt(body, answerStart.length);
  const isResponse = body.subarray(0, answerStart.length).equals(answerStart) && typeof response === 'object';
  if (!isResponse || response.start + response.length > body.length) throw notTheAnswer();
  const [tag, size, result] = body.subarray(response.start, response.start + response.length);
  if (tag !== 0x0a || size !== 1 || result === undefined) throw notTheAnswer();
  return result;
}

/** A length in its definite form (X.690 section 8.1.3) and where its content starts; undefined while it is not whole. */
function lengthAt(
  bytes: Buffer,
  place: number,
): { readonly length: number; readonly start: number } | 'none' | undefined {
  const first = bytes[place];
  if (first === undefined) return undefined;
  if (first < 0x80) return { length: first, start: place + 1 };
  const size = first & 0x7f;
  if (size < 1 || size > 4) return 'none';
  if (bytes.length < place + 1 + size) return undefined;
  return { length: bytes.readUIntBE(place + 1, size), start: place + 1 + size };
}

function notTheAnswer(): ServerFailure {
  return new ServerFailure(
    'StartTLS: what came is not the answer, or more than it; somebody may be in between',
  );
}
