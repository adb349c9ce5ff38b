// System calls that a relay never makes, forbidden to this process for good (seccomp).
#pragma once

#include <string>

namespace kurir::sandbox {

// Starting a program, looking into or changing another process, the machine's settings, other users
// and namespaces, memory that is both written and executed, other sockets than those of IP, this
// machine and netlink: from now on they fail with EPERM (sockets: EAFNOSUPPORT; calls that tell by
// memory what they do: ENOSYS, as on an older kernel).
//
// For the calling thread and all that it starts from now on. `checked`: a sanitizer watches the
// process, which looks into it by ptrace and starts a program that names functions. Returns why it
// can't be done, or nothing.
std::string limit_calls(bool checked);

}  // namespace kurir::sandbox
