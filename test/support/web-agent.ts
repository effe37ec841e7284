/** A page or redirect that a web agent got. */
export interface Visited {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface VisitOptions {
  readonly form?: URLSearchParams | Record<string, string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Stops, without going there, before a URL that begins with this. */
  readonly until?: string;
}

/** What a browser does without scripts: keeps cookies, follows redirects, fills in forms. */
export class WebAgent {
  /** By host and port, so that two servers of this machine are two sites. */
  readonly cookies = new Map<string, Map<string, string>>();

  /** One request, without following where it leads. */
  async request(url: string | URL, { form, headers = {} }: VisitOptions = {}): Promise<Visited> {
    const at = new URL(url);
    const jar = this.#jar(at);
    const response = await fetch(at, {
      redirect: 'manual',
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'text/html',
        ...(jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...headers,
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(jar, line);
    return { url: at, status: response.status, headers: response.headers, text: await response.text() };
  }

  /** A request, and wherever it leads. With `until` the last is the redirect to that place, which `url` then names. */
  async visit(url: string | URL, options: VisitOptions = {}): Promise<Visited> {
    let visited = await this.request(url, options);
    for (let hops = 0; hops < 20; hops++) {
      const location = visited.headers.get('location');
      if (location === null || visited.status < 300 || visited.status > 399) return visited;
      const next = new URL(location, visited.url);
      if (options.until !== undefined && next.href.startsWith(options.until))
        return { ...visited, url: next };
      visited = await this.request(next);
    }
    throw new Error(`more than 20 redirects, the last to ${visited.url}`);
  }

  /** Fills in the first form of a page and sends it. */
  submit(page: Visited, fields: Record<string, string> = {}, options: VisitOptions = {}): Promise<Visited> {
    const { action, values } = formOf(page);
    return this.visit(action, { ...options, form: { ...values, ...fields } });
  }

  #jar({ host }: URL): Map<string, string> {
    const jar = this.cookies.get(host) ?? new Map<string, string>();
    this.cookies.set(host, jar);
    return jar;
  }

  #keep(jar: Map<string, string>, line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const [name = '', ...value] = pair.split('=');
    const isGone = attributes.some((one) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(one));
    if (isGone) jar.delete(name.trim());
    else jar.set(name.trim(), value.join('=').trim());
  }
}

/** The first form of a page: where it goes, and the values it holds already. */
export function formOf({ text, url }: Visited): { action: URL; values: Record<string, string> } {
  const [form, attributes] = /<form([^>]*)>[\s\S]*?<\/form>/i.exec(text) ?? [];
  if (form === undefined) throw new Error(`no form at ${url}: ${text.slice(0, 500)}`);
  const action = /action="([^"]*)"/i.exec(attributes ?? '')?.[1];
  const values: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input[^>]*>/gi)) {
    const name = /name="([^"]*)"/i.exec(input)?.[1];
    if (name !== undefined) values[name] = unescaped(/value="([^"]*)"/i.exec(input)?.[1] ?? '');
  }
  return { action: new URL(unescaped(action ?? ''), url), values };
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
