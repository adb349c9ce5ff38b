#include <unistd.h>

#include "relay/app/command_line.hpp"

int main(int argc, char** argv) {
    return kurir::app::command_line(argc, argv, environ);
}
