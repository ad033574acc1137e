"""The plugin as another project meets it: silent where it is not used, honest where it is."""

import pytest

pytest_plugins = ["pytester"]

NOTHING_EXECUTED = 3


@pytest.fixture
def other_project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile("def test_of_somebody_else(): pass")
    return pytester


def test_pytest_of_another_project_shows_no_trace_of_the_bench(other_project: pytest.Pytester) -> None:
    result = other_project.runpytest_inprocess("-v")
    assert result.ret == 0
    assert "thermogate bench" not in result.stdout.str()


def test_another_project_that_skips_everything_still_exits_0(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.skip(reason='theirs')\ndef test_x(): pass")
    assert pytester.runpytest_inprocess().ret == 0


def test_loading_the_plugin_imports_none_of_the_heavy_rooms(other_project: pytest.Pytester) -> None:
    other_project.makepyfile(
        test_modules="""
        import sys
        HEAVY = {"pydantic", "sqlalchemy", "aiomqtt", "paho", "pymodbus", "cryptography", "serialx", "amqtt",
                 "typer", "at_commands", "provisioning", "firmware_sim", "gateway"}
        def test_light():
            assert "hil_tests.plugin" in sys.modules
            assert not HEAVY & {name.partition(".")[0] for name in sys.modules}
        """
    )
    other_project.runpytest_subprocess("test_modules.py").assert_outcomes(passed=1)


def test_the_fixtures_carry_the_prefix_and_none_is_autouse(other_project: pytest.Pytester) -> None:
    listing = other_project.runpytest_inprocess("--fixtures", "-q").stdout.str()
    ours = {line.split()[0] for line in listing.splitlines() if "hil_tests/" in line}
    assert ours == {"tg_modem", "tg_sim_card", "tg_broker", "tg_gateway", "tg_clock"}
    other_project.makepyfile(
        test_autouse="def test_x(request): assert 'tg_' not in str(request.fixturenames)"
    )
    other_project.runpytest_inprocess("test_autouse.py").assert_outcomes(passed=1)


def test_a_bench_run_where_all_was_skipped_ends_with_3_and_a_sentence(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.skip(reason='rainy')\ndef test_x(tg_clock): pass")
    result = pytester.runpytest_inprocess()
    assert result.ret == NOTHING_EXECUTED
    result.stdout.fnmatch_lines(["*emulated modem, seed 1*", "Nothing was executed*"])


def test_a_test_that_skips_itself_in_its_body_was_not_executed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\ndef test_x(tg_clock): pytest.skip('not here')")
    assert pytester.runpytest_inprocess().ret == NOTHING_EXECUTED


@pytest.mark.parametrize("arguments", [("-k", "no_such_test"), ("--tg-seed", "5", "-k", "no_such_test")])
def test_a_bench_run_where_all_was_deselected_ends_with_3(
    pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    pytester.makepyfile("def test_x(tg_clock): pass")
    assert pytester.runpytest_inprocess(*arguments).ret == NOTHING_EXECUTED


def test_a_bench_run_that_found_nothing_ends_with_3(pytester: pytest.Pytester) -> None:
    assert pytester.runpytest_inprocess("--tg-port", "/dev/ttyUSB0").ret == NOTHING_EXECUTED


def test_executed_beside_skipped_is_success_and_failure_stays_1(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_good="import pytest\ndef test_ran(tg_clock): pass\ndef test_skipped(tg_clock): pytest.skip('x')",
        test_bad="def test_failed(tg_clock): assert False",
    )
    assert pytester.runpytest_inprocess("test_good.py").ret == 0
    assert pytester.runpytest_inprocess("test_bad.py").ret == 1


def test_an_expected_failure_was_executed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.xfail\ndef test_x(tg_clock): assert False")
    assert pytester.runpytest_inprocess().ret == 0


def test_listing_the_tests_is_no_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_x(tg_clock): pass")
    assert pytester.runpytest_inprocess("--collect-only").ret == 0


def test_an_unknown_ability_is_refused_when_the_test_is_read(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("from hil_tests import needs\n@needs('teleport')\ndef test_x(tg_modem): pass")
    result = pytester.runpytest_inprocess()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*'teleport' is not a valid Ability*"])


def test_a_gate_without_the_modem_fails_instead_of_passing_unguarded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("from hil_tests import needs\n@needs('operator')\ndef test_x(): pass")
    result = pytester.runpytest_inprocess()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*does not use tg_modem*"])


def test_strict_markers_know_the_gate(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("from hil_tests import needs\n@needs('operator')\ndef test_x(tg_modem): pass")
    assert pytester.runpytest_inprocess("--strict-markers", "--collect-only").ret == 0


def test_help_names_every_option(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(
        ["*--tg-port=URL*", "*--tg-pin=PIN*", "*--tg-broker=URL*", "*--tg-allow-radio*"]
    )
