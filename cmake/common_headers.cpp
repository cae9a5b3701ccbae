#include "cmake/common_headers.hpp"
