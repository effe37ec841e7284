import { createHash } from 'node:crypto';
import type { Answer } from './answer.ts';

/** The one style of every page: plain, for every screen, in light and in dark. */
const style = `:root{color-scheme:light dark;--ground:#f3f4f7;--card:#fff;--text:#1b1e25;--quiet:#5a6170;--line:#c9cdd6;--field:#7b8291;--accent:#1f5fbf;--on-accent:#fff;--danger:#b3261e;--danger-ground:#fdeceb;--notice-ground:#e7f3ea;--notice:#1c5d34}
@media(prefers-color-scheme:dark){:root{--ground:#14161b;--card:#1e2129;--text:#e9ebf0;--quiet:#a5acba;--line:#3a3f4b;--field:#7f8796;--accent:#8ab4f8;--on-accent:#10223f;--danger:#ffb4ab;--danger-ground:#45201d;--notice-ground:#1d3626;--notice:#a8dfb9}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;min-height:100vh;display:flex;justify-content:center;align-items:flex-start;padding:0}
main{background:var(--card);width:100%;padding:1.75rem 1.5rem 2rem;min-height:100vh}
main.narrow{max-width:25rem}
main.wide{max-width:46rem}
@media(min-width:30rem){body{padding:clamp(0rem,8vh,6rem) 0}main{border-radius:.9rem;border:1px solid var(--line);padding:2.25rem;min-height:0;margin:0 1rem}}
.product{margin:0 0 .25rem;font-size:.8rem;font-weight:650;letter-spacing:.14em;text-transform:uppercase;color:var(--quiet)}
h1{margin:0 0 1.25rem;font-size:1.6rem;line-height:1.25}
h2{margin:0 0 .5rem;font-size:1.15rem}
p{margin:0 0 1rem}
a{color:var(--accent)}
.lead,.hint,.facts{color:var(--quiet)}
.hint{margin:.35rem 0 0;font-size:.9rem}
.field{margin:0 0 1.1rem}
label,legend{display:block;margin:0 0 .3rem;font-weight:600}
input[type=text],input[type=password],select{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--field);border-radius:.5rem;padding:.65rem .75rem}
select option{background:var(--card);color:var(--text)}
input[aria-invalid=true]{border-color:var(--danger);border-width:2px}
fieldset{border:0;margin:0 0 1.1rem;padding:0}
legend{padding:0}
.unseen.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);padding:0;border:0}
.choice{display:flex;gap:.6rem;align-items:baseline;font-weight:400;margin:.3rem 0}
button,.button{display:inline-block;width:100%;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--on-accent);background:var(--accent);border:1px solid var(--accent);border-radius:.5rem;padding:.65rem 1rem;cursor:pointer}
button:hover,.button:hover{filter:brightness(1.08)}
.second{color:var(--text);background:transparent;border-color:var(--field)}
.danger{color:var(--danger);background:transparent;border-color:var(--danger)}
.small{width:auto;padding:.35rem .9rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.alert{background:var(--danger-ground);color:var(--danger);border-left:4px solid var(--danger);border-radius:.35rem;padding:.7rem .9rem;font-weight:550}
.notice{background:var(--notice-ground);color:var(--notice);border-left:4px solid var(--notice);border-radius:.35rem;padding:.7rem .9rem}
.or{display:flex;align-items:center;gap:.8rem;color:var(--quiet);margin:1.4rem 0}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.stack{display:grid;gap:.7rem;margin:0;padding:0;list-style:none}
.sessions{list-style:none;margin:0 0 1.25rem;padding:0;border-top:1px solid var(--line)}
.sessions li{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;padding:.9rem 0;border-bottom:1px solid var(--line)}
.sessions p{margin:0}
.device{font-weight:600;overflow-wrap:anywhere}
.facts{font-size:.92rem;overflow-wrap:anywhere}
.mark{display:inline-block;font-size:.8rem;font-weight:600;color:var(--notice);background:var(--notice-ground);border-radius:1rem;padding:.05rem .65rem;margin-left:.4rem}
.row{display:flex;flex-wrap:wrap;gap:.7rem}
.row form{flex:1 1 14rem}
form+.hint{margin-top:1rem}
main.wide .field,main.wide fieldset,main.wide section form>button{max-width:26rem}
section{margin-top:2.25rem;padding-top:1.5rem;border-top:1px solid var(--line)}
.qr{display:block;width:14rem;max-width:100%;margin:0 0 1rem;background:#fff;padding:.75rem;border-radius:.5rem}
.qr svg{display:block;width:100%;height:auto}
.codes{columns:2;font-family:ui-monospace,monospace;list-style:none;margin:0 0 1.25rem;padding:0}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
`;

/** Bears the digest of the style, so that a browser may keep it for ever. */
export const stylePath = `/sign-in/style-${createHash('sha256').update(style).digest('base64url').slice(0, 12)}.css`;

export function styleAnswer(): Answer {
  return {
    status: 200,
    cookies: [],
    headers: {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    },
    body: style,
  };
}
