"""dumpsys texts in the forms of several releases."""

from __future__ import annotations

from droidanon.platform.readers.dumpsys import (
    AppProcess,
    PackageFacts,
    owner_uid,
    parse_activity,
    parse_authorities,
    parse_debuggable,
    parse_package,
    parse_packages_list,
)

PROCESSES_7 = """ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)
  All known processes:
  *APP* UID 10005 ProcessRecord{f07f66a 22469:com.vendor.pages/u0a5}
    user #0 uid=10005 gids={50005, 9997}
    packageList={com.vendor.pages}
  *PERS* UID 1000 ProcessRecord{ab 901:system/1000}
    packageList={com.android.settings, android}
  *APP* UID 99007 ProcessRecord{5c 5123:com.browser:sandboxed_process0/u0a5i7}
    packageList={com.browser}
  Process LRU list (sorted by oom_adj, 84 total, non-act at 3, non-svc at 3):
    PERS #83: sys   F/ /P  trm: 0 901:system/1000 (fixed)
    Proc # 0: fore  F/A/T  trm: 0 22469:com.vendor.pages/u0a5 (top-activity)
    Proc # 7: vis   F/ /SB trm: 0 901:system/1000 (service)
"""
PROCESSES_15 = """  *APP* UID 10234 ProcessRecord{1a2 9993:com.example.app/u0a234}
    packageList={com.example.app}
  *APP* UID 90003 ProcessRecord{1a3 10050:com.google.android.webview:sandboxed_process0:org.X0:0/u10a234i1003}
    packageList={com.example.app}
    Proc # 0: fg    T/A/TOP  LCMNFUA  t: 0 9993:com.example.app/u0a234 (top-activity)
    Proc # 1: fg    T/A/TOP  LCMNFUA  t: 0 9993:com.example.app/u0a234 (top-activity)
"""


def test_processes_of_android_7() -> None:
    found = parse_activity(PROCESSES_7)
    assert found.processes == {
        22469: AppProcess("com.vendor.pages", "com.vendor.pages", 10005),
        901: AppProcess("system", "com.android.settings", 1000),
        5123: AppProcess("com.browser:sandboxed_process0", "com.browser", 10005),
    }
    assert found.top == (22469,)


def test_a_webview_renderer_belongs_to_the_app_that_shows_it() -> None:
    found = parse_activity(PROCESSES_15)
    renderer = found.processes[10050]
    assert renderer.name.startswith("com.google.android.webview:sandboxed_process0")
    assert (renderer.package, renderer.uid) == ("com.example.app", 1_010_234)
    assert found.top == (9993,)


# In the form of Android 12 and later; `c:` is the caller that Android 14 and later add.
BOUND = """  *APP* UID 10217 ProcessRecord{def 9980:com.example.notes/u0a217}
    packageList={com.example.notes}
    Services:
      - ServiceRecord{ecab86c u0 com.example.notes/.Sync}
    mConnections:
      - ConnectionRecord{31b09df u0 CR WPRI com.vendor.decoder/.Decode:7:@c59407e flags=0x80000021}
      - ConnectionRecord{44ab2ca u0 com.example.notes/.Sync:@99e35}
  *APP* UID 99007 ProcessRecord{ghi 10008:com.vendor.decoder:decode/u0a60i7}
    packageList={com.vendor.decoder}
    Services:
      - ServiceRecord{6262c7 u0 com.vendor.decoder/.Decode:7 c:com.example.notes}
"""


def test_an_isolated_process_belongs_to_the_app_that_bound_it() -> None:
    found = parse_activity(BOUND).processes
    assert found[10008] == AppProcess("com.vendor.decoder:decode", "com.example.notes", 10217)
    assert found[9980].package == "com.example.notes"


def test_an_isolated_process_of_several_apps_or_of_the_system_stays_with_its_own() -> None:
    other = """  *APP* UID 10300 ProcessRecord{a1 12:com.example.mail/u0a300}
    packageList={com.example.mail}
    mConnections:
      - ConnectionRecord{31b09df u0 CR com.vendor.decoder/.Decode:7:@c59407e}
"""
    assert parse_activity(BOUND + other).processes[10008].package == "com.vendor.decoder"
    system = BOUND.replace("9980:com.example.notes/u0a217", "9980:system/1000")
    assert parse_activity(system).processes[10008].package == "com.vendor.decoder"
    other_user = BOUND.replace("ConnectionRecord{31b09df u0", "ConnectionRecord{31b09df u10")
    assert parse_activity(other_user).processes[10008].package == "com.vendor.decoder"
    not_isolated = BOUND.replace("u0a60i7", "u0a60")
    assert parse_activity(not_isolated).processes[10008].package == "com.vendor.decoder"


def test_several_packages_in_one_process() -> None:
    text = "ProcessRecord{1 7:com.b:x/u0a1}\n packageList={com.a, com.b}\nProcessRecord{1 8:android.process.acore/u0a2}\n packageList={com.c, com.d}\n"
    found = parse_activity(text).processes
    assert (found[7].package, found[8].package) == ("com.b", "com.c")


def test_nothing_and_nonsense() -> None:
    assert parse_activity("").processes == {}
    assert parse_activity("packageList={x}\nProcessRecord{1 7:a/u0a1}\npackageList={}\n").processes == {}
    assert owner_uid("1000") == 1000
    assert owner_uid("u0s1000") is None


def test_package_of_android_16() -> None:
    text = """  Package [com.example.app] (abcdef0):
    appId=10234
    primaryCpuAbi=arm64-v8a
    versionCode=271 minSdk=29 targetSdk=36
    versionName=2.7.1 beta
    flags=[ DEBUGGABLE HAS_CODE ALLOW_CLEAR_USER_DATA ]
    pkgFlags=[ DEBUGGABLE HAS_CODE ]
      arm64: [status=speed-profile] [reason=bg-dexopt] [primary-abi]
"""
    assert parse_package(text) == PackageFacts("2.7.1 beta", 271, True, "arm64-v8a", "speed-profile", False)


def test_package_of_android_7_and_an_updated_system_app() -> None:
    text = """    primaryCpuAbi=null\r
    versionCode=30 targetSdk=24\r
    versionName=3.0\r
    flags=[ SYSTEM HAS_CODE UPDATED_SYSTEM_APP LARGE_HEAP ]\r
    versionCode=10 targetSdk=24\r
    versionName=1.0\r
      status: /data/app/x/oat/arm64/base.odex [compilation_filter=interpret-only, status=kOatUpToDate]\r
"""
    assert parse_package(text) == PackageFacts("3.0", 30, False, None, "interpret-only", True)


def test_a_package_that_is_not_there() -> None:
    assert parse_package("Unable to find package: x\n") == PackageFacts()


def test_packages_list() -> None:
    text = (
        "com.a 10100 0 /data/user/0/com.a default:targetSdkVersion=24 3003,1028\n"
        "com.b 10101 1 /data/user/0/com.b default:targetSdkVersion=34 none 0 271 1 com.android.vending\n"
        "broken\n"
    )
    assert parse_packages_list(text) == {
        "com.a": PackageFacts(debuggable=False),
        "com.b": PackageFacts(version_code=271, debuggable=True),
    }


def test_debuggable_packages() -> None:
    text = (
        "  Package [com.a] (1a2b):\n    flags=[ HAS_CODE DEBUGGABLE ]\n    pkgFlags=[ HAS_CODE DEBUGGABLE ]\n"
        "  Package [com.b] (1a2b):\n    flags=[ HAS_CODE NOT_DEBUGGABLE ]\nHidden system packages:\n"
    )
    assert parse_debuggable(text) == {"com.a"}
    assert parse_debuggable("    flags=[ DEBUGGABLE ]\n") == set()


def test_authorities_of_providers() -> None:
    text = (
        "ContentProvider Authorities:\n  [com.a.droidanon]:\n    Provider{cb1b4ca com.a/x.Y}\n  [one;two]:\r\n"
        "    applicationInfo=ApplicationInfo{1a2b com.a}\n"
    )
    assert parse_authorities(text) == {"com.a.droidanon", "one", "two"}
