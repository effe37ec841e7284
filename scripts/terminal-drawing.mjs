/** Draws what a terminal showed as SVG: text stays text, in the reader's own fixed-width font. */

const CELL = { width: 8.4, height: 20, font: 14 };
const MARGIN = { side: 20, top: 56, bottom: 18 };
const COLORS = {
  back: '#0d1117',
  frame: '#30363d',
  text: '#c9d1d9',
  prompt: '#7ee787',
  command: '#f0f6fc',
  title: '#8b949e',
};

/** The colours of SGR codes. @type {Record<string, string>} */
const INKS = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};

/** @typedef {{ text: string, color: string, bold?: boolean, dim?: boolean }} Piece */

/**
 * @param {readonly { command: string, output: string }[]} pages each command with what it printed, colours included
 * @param {{ columns: number, title: string }} options
 * @returns {string} the SVG
 */
export function drawTerminal(pages, { columns, title }) {
  const lines = pages.flatMap(({ command, output }, index) => [
    ...(index === 0 ? [] : [[]]),
    ...commandLines(command, columns),
    ...output
      .replace(/\n+$/, '')
      .split('\n')
      .map((line) => piecesOf(line)),
  ]);
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN.side);
  const height = MARGIN.top + lines.length * CELL.height + MARGIN.bottom;
  const rows = lines.map((pieces, index) => row(pieces, MARGIN.top + index * CELL.height + CELL.font));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${COLORS.back}" stroke="${COLORS.frame}"/>
<circle cx="22" cy="22" r="6" fill="#ff5f57"/><circle cx="42" cy="22" r="6" fill="#febc2e"/><circle cx="62" cy="22" r="6" fill="#28c840"/>
<text x="${width / 2}" y="27" fill="${COLORS.title}" font-family="system-ui,sans-serif" font-size="13" text-anchor="middle">${escapeXml(title)}</text>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace" font-size="${CELL.font}" xml:space="preserve">
${rows.filter((text) => text !== '').join('\n')}
</g>
</svg>
`;
}

/**
 * A command that is longer than the terminal is broken where a shell would take it, with a backslash.
 * @param {string} command
 * @param {number} columns
 * @returns {Piece[][]}
 */
function commandLines(command, columns) {
  const prompt = { text: '$ ', color: COLORS.prompt };
  if (command.length + 2 <= columns) return [[prompt, { text: command, color: COLORS.command, bold: true }]];
  const cut = command.lastIndexOf(' ', columns - 4);
  return [
    [prompt, { text: `${command.slice(0, cut)} \\`, color: COLORS.command, bold: true }],
    [{ text: `    ${command.slice(cut + 1)}`, color: COLORS.command, bold: true }],
  ];
}

/**
 * @param {string} line with SGR codes (ECMA-48 section 8.3.117)
 * @returns {Piece[]}
 */
function piecesOf(line) {
  /** @type {Piece[]} */
  const pieces = [];
  let style = { color: COLORS.text, bold: false, dim: false };
  // Splitting with a group gives text and codes in turn.
  for (const [index, part] of line.split(new RegExp(`${String.fromCharCode(27)}\\[([0-9;]*)m`)).entries()) {
    if (index % 2 === 0) {
      if (part !== '') pieces.push({ text: part, ...style });
      continue;
    }
    for (const code of part === '' ? ['0'] : part.split(';')) style = styled(style, code);
  }
  return pieces;
}

/**
 * @param {{ color: string, bold: boolean, dim: boolean }} style
 * @param {string} code
 */
function styled(style, code) {
  const ink = INKS[code];
  if (ink !== undefined) return { ...style, color: ink };
  switch (code) {
    case '0':
      return { color: COLORS.text, bold: false, dim: false };
    case '1':
      return { ...style, bold: true };
    case '2':
      return { ...style, dim: true };
    case '22':
      return { ...style, bold: false, dim: false };
    case '39':
      return { ...style, color: COLORS.text };
    default:
      return style;
  }
}

/**
 * @param {readonly Piece[]} pieces
 * @param {number} y
 */
function row(pieces, y) {
  let column = 0;
  let text = '';
  for (const piece of pieces) {
    const { length } = piece.text;
    const x = (MARGIN.side + column * CELL.width).toFixed(1);
    column += length;
    if (piece.text.trim() === '') continue;
    // The width is given, so that columns stay under each other in whatever font there is.
    const weight = piece.bold === true ? ' font-weight="600"' : '';
    const opacity = piece.dim === true ? ' opacity="0.6"' : '';
    text += `<text x="${x}" y="${y}" fill="${piece.color}"${weight}${opacity} textLength="${(length * CELL.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs">${escapeXml(piece.text)}</text>`;
  }
  return text;
}

/** @param {string} text */
function escapeXml(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
