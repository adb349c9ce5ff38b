// Converts each message of a folder for a 7-bit transport, as a connection does.
//
//   kurir_mime_tool FROM TO SIZE
//
// Reads each file of FROM in chunks of SIZE bytes, and writes what is made of it to the file of the
// same name in TO, or why it can't be converted to NAME.trouble.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "relay/mime/converter.hpp"
#include "relay/mime/plan.hpp"

using namespace kurir;

namespace {

template <class Taker>
void in_chunks(std::string_view message, std::size_t size, const Taker& take) {
    for (; !message.empty(); message.remove_prefix(std::min(size, message.size())))
        take(message.substr(0, size));
}

void convert(const std::filesystem::path& from, const std::filesystem::path& to, std::size_t size) {
    std::ifstream file(from, std::ios::binary);
    const std::string message{std::istreambuf_iterator<char>(file), {}};
    mime::planner planner;
    in_chunks(message, size, [&](std::string_view chunk) { planner.add(chunk); });
    const auto plan = planner.finish();
    if (!plan.trouble.empty()) {
        std::ofstream(to.string() + ".trouble") << plan.trouble;
        return;
    }
    std::string output = plan.needed ? "" : message;
    if (plan.needed) {
        mime::converter converter(plan);
        in_chunks(message, size, [&](std::string_view chunk) { converter.add(chunk, output); });
        converter.finish(output);
    }
    std::ofstream(to, std::ios::binary) << output;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: kurir_mime_tool FROM TO SIZE\n";
        return 64;
    }
    for (const auto& each : std::filesystem::directory_iterator(argv[1]))
        convert(each.path(), argv[2] / each.path().filename(), std::stoul(argv[3]));
}
