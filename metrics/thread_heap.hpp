// An allocator that keeps a heap for each thread takes its address space when the thread allocates
// for the first time. If address space is limited, a thread should do that at its start, when there
// is room, and not during a later request.
#pragma once

namespace kurir::metrics {

// Call it on a thread whose first allocation may come much later.
void claim_thread_heap();

}  // namespace kurir::metrics
