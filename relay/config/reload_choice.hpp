// Which of several new versions of files are taken together. Pure.
//
// A version that is wrong is held back alone. So is one that is right only beside another that is
// held back; and of two that are right only apart, neither is taken: the order in which the files
// are looked at must not decide.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "relay/config/parse.hpp"

namespace kurir::config {

using paths = std::set<std::string>;

struct choice {
    paths taken;
    std::map<std::string, problems> held;  // by path; why
};

// What is wrong with these new versions, beside the old ones of all others.
using trial = std::function<problems(const paths& taken)>;

// Whether the first file is worth nothing without the second, although it is right without it.
using dependence = std::function<bool(const std::string& path, const std::string& other)>;

choice choose(const paths& changed, const trial& wrong_with, const dependence& needs);

}  // namespace kurir::config
