// An allocator that keeps a heap for each thread takes its address space when the thread allocates
// for the first time. Where that is limited, a thread had better do so at its start, when there is
// room, than at some request later.
#pragma once

namespace kurir::metrics {

// To be called by a thread that may allocate much later.
void claim_thread_heap();

}  // namespace kurir::metrics
