import type { BenchContext } from './row.ts';
import { rows } from './rows/table.ts';

/** Runs one row, so that none meets the memory and the compiled code that another left behind. */

const [name, context] = process.argv.slice(2);
const row = rows.find((one) => one.name === name);
if (row === undefined || context === undefined) throw new Error(`there is no row ${name}`);
const measurements = await row.run(JSON.parse(context) as BenchContext);
process.send?.(measurements, () => process.exit());
