// Precompiled for all unit tests; each file still includes what it uses.
#pragma once

#include <boost/asio.hpp>

#include "tests/support/catch.hpp"
