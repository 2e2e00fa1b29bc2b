import type { Cloud, CloudError, CloudResult } from '@belay/cloud';
import { type Door, type Lab, openLab } from '@belay/lab';
import type { ResultAsync } from 'neverthrow';
import { expectError, expectType } from 'tsd';

declare const lab: Lab;

expectType<ResultAsync<Lab, CloudError>>(openLab({ folder: 'lab', zones: ['a', 'b'] }));
expectType<ResultAsync<Lab, CloudError>>(openLab({ folder: 'lab', transit: 'copies' }));
expectType<Cloud>(lab.cloud);
expectType<CloudResult<Door>>(lab.door('i-1'));
// A lab lives somewhere, and has a zone.
expectError(openLab({}));
expectError(openLab({ folder: 'lab', zones: [] }));
// Whoever ends an instance says under which key.
expectError(lab.pullPlug('i-1'));
