// Whose token the page has, and what that lets people do. The coordinator decides; this only says which buttons make sense.
import { asObject, text, texts } from './read';

export interface Caller {
  name: string;
  role: string; // client, admin, reader
  projects: readonly string[]; // empty: all
}

export function readCaller(value: unknown): Caller {
  const from = asObject(value);
  return { name: text(from, 'name'), role: text(from, 'role'), projects: texts(from, 'projects') };
}

export const mayDrain = (caller: Caller | undefined): boolean => caller?.role === 'admin';

export function mayCancel(caller: Caller | undefined, project: string): boolean {
  if (!caller) return false;
  if (caller.role === 'admin') return true;
  return caller.role === 'client' && (caller.projects.length === 0 || caller.projects.includes(project));
}

export function whatItMay({ role, projects }: Caller): string {
  const where = projects.length > 0 ? ` of ${projects.join(', ')}` : '';
  if (role === 'admin') return 'cancels builds, drains agents';
  return role === 'client' ? `cancels builds${where}` : 'only reads';
}
