/**
 * A folder on a local disk as an inventory and as a remover, with holds of its own.
 *
 * @packageDocumentation
 */

export { type Folder, type FolderMark, markFolder } from './folder.ts';
export { folderHolds } from './holds.ts';
export { type FolderInventory, type FolderInventoryOptions, folderInventory } from './inventory.ts';
export { folderRemover } from './remover.ts';
