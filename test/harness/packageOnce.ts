/** Global set-up of the workbench tests: packages the extension once for all of them. */
import { packageForTests } from './workbench';

export async function setup(): Promise<void> {
  await packageForTests();
}
