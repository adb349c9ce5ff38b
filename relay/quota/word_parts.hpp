// What a node tells the others of a shared queue, in named parts. Pure.
//
//   kurir-words 1
//   part counts 123
//   ...123 bytes, and a line feed...
//   part rates 45
//   ...
//
// A part that a node does not know is passed over: so nodes of two versions read what both know.
#pragma once

#include <string>
#include <string_view>

namespace kurir::quota {

// What one teller has to say.
struct told_part {
    std::string text;
    bool is_news = true;  // the others don't know it yet
};

// The beginning of words, and a part more.
std::string begin_words();
void add_part(std::string& words, std::string_view name, std::string_view text);

// The part of that name; empty: there is none, or the words are damaged before its end.
std::string_view find_part(std::string_view words, std::string_view name);

}  // namespace kurir::quota
