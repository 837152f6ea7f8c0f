# vitrine_floor(<name> [NEEDS floors...] [PACKAGES libraries...])
#
# A floor of the house: the static library vitrine_<name> of every .cpp in src/<name>, and the test program
# <name>_test of every *_test.cpp beside them. A new file needs no edit here.
function(vitrine_floor name)
    cmake_parse_arguments(ARG "" "" "NEEDS;PACKAGES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cpp")
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
    if(NOT sources)
        add_library(vitrine_${name} INTERFACE)
        set(scope INTERFACE)
    else()
        add_library(vitrine_${name} STATIC ${sources})
        set(scope PUBLIC)
    endif()
    list(TRANSFORM ARG_NEEDS PREPEND vitrine_)
    target_link_libraries(vitrine_${name} ${scope} vitrine_options ${ARG_NEEDS} ${ARG_PACKAGES} Threads::Threads)

    if(VITRINE_TESTS AND tests)
        add_executable(${name}_test ${tests})
        target_link_libraries(${name}_test PRIVATE vitrine_${name} GTest::gmock GTest::gtest_main)
        vitrine_add_tests(${name}_test "${name};unit" 300)
    endif()
endfunction()

# vitrine_add_tests(<program> <labels> <timeout_s>)
#
# Every test of the program is a test of CTest, but for those with Postgres in their name: they share one server that the
# program starts, so all of them together are one test, <program>.Postgres. A program whose tests open their database
# with storage/test_database.hpp runs once more as a whole on PostgreSQL: <program>.on_Postgres.
function(vitrine_add_tests program labels timeout)
    gtest_discover_tests(${program} DISCOVERY_TIMEOUT 60 TEST_FILTER "-*Postgres*"
                         PROPERTIES LABELS "${labels}" TIMEOUT ${timeout})
    get_target_property(sources ${program} SOURCES)
    foreach(source ${sources})
        file(STRINGS "${source}" names_server REGEX "postgres_test_server\\.hpp" LIMIT_COUNT 1)
        if(names_server)
            set(has_own ON)
        endif()
        file(STRINGS "${source}" opens_either REGEX "test_database\\.hpp" LIMIT_COUNT 1)
        if(opens_either)
            set(runs_twice ON)
        endif()
    endforeach()
    if(has_own)
        add_test(NAME ${program}.Postgres COMMAND ${program} "--gtest_filter=*Postgres*")
        set_tests_properties(${program}.Postgres PROPERTIES LABELS "${labels};postgres" TIMEOUT ${timeout})
    endif()
    if(runs_twice)
        add_test(NAME ${program}.on_Postgres COMMAND ${program} "--gtest_filter=-*Postgres*")
        set_tests_properties(${program}.on_Postgres PROPERTIES LABELS "${labels};postgres" TIMEOUT ${timeout}
                             ENVIRONMENT "VITRINE_TEST_DATABASE=postgres")
    endif()
endfunction()
