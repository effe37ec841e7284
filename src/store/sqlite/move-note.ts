import { resolve } from 'node:path';
import { CurfewError } from '../../core/errors.ts';
import { type MoveNote, moveNotePlace } from '../../session/facts.ts';
import { noteText } from '../../session/moving.ts';
import type { Database } from './database.ts';

/** How a folder is named in notes and to people. */
export function nameOfFolder(directory: string): string {
  return `sqlite:${resolve(directory)}`;
}

/** What was noted on a store that is being moved, or was. */
export function readMoveNote(db: Database): MoveNote | undefined {
  const { kind, id } = moveNotePlace;
  const row = db.get('SELECT body FROM record WHERE kind = ? AND id = ?', kind, id);
  return row === undefined ? undefined : (JSON.parse(String(row.body)) as MoveNote);
}

/** @throws CurfewError `conflict` when the data has moved elsewhere, or is only being moved here */
export function demandNotMoved(db: Database, directory: string): void {
  const note = readMoveNote(db);
  if (note !== undefined) throw new CurfewError('conflict', noteText(nameOfFolder(directory), note));
}
