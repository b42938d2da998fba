// Purpose: the scheduler's records in a Store. put() the records of a step into one batch; load() reads all of them back at the start.
// Errors of load: Corrupt or Unsupported, naming the record; the coordinator must not start then.
#pragma once

#include "coordinator/scheduler/records.hpp"
#include "coordinator/store/store.hpp"
#include "shared/base/result.hpp"

namespace farm::store {

void put(Batch& batch, const scheduler::BuildRecord& record);
void put(Batch& batch, const scheduler::JobRecord& record);
void put(Batch& batch, const scheduler::AgentRecord& record);
void put(Batch& batch, const scheduler::CountersRecord& record);

Result<scheduler::SavedState> load_scheduler_state(const Store& store);

}  // namespace farm::store
