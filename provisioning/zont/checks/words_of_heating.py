"""Words for what is found in circuits, curves, timetables and hot water, by code."""

from __future__ import annotations

from typing import Final

from provisioning.explanation import Actor, Text
from provisioning.zont.checks.facts import Severity
from provisioning.zont.checks.words import FindingWords

DANGER, FAULT, ADVICE = Severity.DANGER, Severity.FAULT, Severity.ADVICE
_INSTALLER: Final = Actor.INSTALLER

HEATING_WORDS: Final = {
    "double_compensation": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "«{name}»: кривая ПЗА работает вместе с погодозависимостью котла.",
            "{name}: the weather curve works together with the boiler's own compensation.",
        ),
        Text(
            "Котёл получает поправку дважды: в мороз перегрев, в оттепель недогрев.",
            "The boiler is corrected twice: too hot in frost, too cold in a thaw.",
        ),
        Text("Отключите одну из них.", "Switch one of them off."),
    ),
    "outdoor_sensor_missing": FindingWords(
        FAULT,
        _INSTALLER,
        Text("«{name}»: у кривой ПЗА нет датчика улицы.", "{name}: the weather curve has no outdoor sensor."),
        Text(
            "Кривой не от чего считать: теплоноситель греется без погоды.",
            "The curve has nothing to go by: the flow does not follow the weather.",
        ),
        Text(
            "Назначьте датчик улицы (северная стена, тень).",
            "Assign the outdoor sensor (north wall, in the shade).",
        ),
    ),
    "curve_rises": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "«{name}»: чем теплее на улице, тем горячее теплоноситель.",
            "{name}: the warmer it is outside, the hotter the flow.",
        ),
        Text("В мороз дом останется холодным.", "In frost the house stays cold."),
        Text("Поменяйте точки кривой местами.", "Put the curve's points the other way round."),
    ),
    "curve_too_short": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "«{name}»: у кривой ПЗА меньше двух точек, или точки без пары.",
            "{name}: the weather curve has less than two points, or points without a partner.",
        ),
        Text("Температура теплоносителя от погоды не зависит.", "The flow does not depend on the weather."),
        Text(
            "Задайте хотя бы две точки: для мороза и для тепла.",
            "Set two points at least: for frost and for mild weather.",
        ),
    ),
    "curve_above_limit": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "«{name}»: кривая доходит до {flow_c:g} °C, а контуру можно только {highest_c:g} °C.",
            "{name}: the curve goes up to {flow_c:g} °C, the circuit only to {highest_c:g} °C.",
        ),
        Text("В сильный мороз тепла не хватит.", "In hard frost there will be too little heat."),
        Text(
            "Поднимите предел контура или опустите кривую.", "Raise the circuit's limit or lower the curve."
        ),
    ),
    "shared_pump": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Один насос у нескольких контуров: {names}.", "One pump for several circuits: {names}."),
        Text(
            "Контуры включают его друг другу: один перегревается, другой ждёт.",
            "The circuits switch it for each other: one overheats while the other waits.",
        ),
        Text("Дайте каждому контуру свой насос.", "Give each circuit a pump of its own."),
    ),
    "sensor_not_used": FindingWords(
        FAULT,
        _INSTALLER,
        Text("«{name}»: контуру не назначен датчик.", "{name}: no sensor assigned."),
        Text("Регулировать не по чему.", "There is nothing to regulate by."),
        Text(
            "Назначьте датчик, термостат или кривую ПЗА.", "Assign a sensor, a thermostat or a weather curve."
        ),
    ),
    "circuit_without_source": FindingWords(
        FAULT,
        _INSTALLER,
        Text("«{name}»: у контура нет источника тепла.", "{name}: the circuit has no heat source."),
        Text(
            "Контур просит тепло, но ни один котёл его не слышит.", "It asks for heat and no boiler hears it."
        ),
        Text("Назначьте котёл, каскад или реле.", "Assign a boiler, a cascade or a relay."),
    ),
    "flow_limits": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "«{name}»: нижний предел теплоносителя {lowest_c:g} °C не ниже верхнего {highest_c:g} °C.",
            "{name}: the lowest flow, {lowest_c:g} °C, is not below the highest, {highest_c:g} °C.",
        ),
        Text("Греть получится только одной температурой.", "It can heat with one temperature only."),
        Text("Исправьте пределы.", "Correct the limits."),
    ),
    "floor_too_hot": FindingWords(
        DANGER,
        _INSTALLER,
        Text(
            "«{name}»: тёплому полу разрешено {highest_c:g} °C.",
            "{name}: the floor may be heated with {highest_c:g} °C.",
        ),
        Text(
            "Выше 55 °C трескается стяжка и портится покрытие.",
            "Above 55 °C the screed cracks and the covering spoils.",
        ),
        Text(
            "Поставьте не больше 45 °C и проверьте смеситель.",
            "Set 45 °C at most and check the mixing valve.",
        ),
    ),
    "floor_warm": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "«{name}»: тёплому полу разрешено {highest_c:g} °C.",
            "{name}: the floor may be heated with {highest_c:g} °C.",
        ),
        Text(
            "Обычно хватает 35–45 °C; выше ногам неприятно, а дереву вредно.",
            "35 to 45 °C usually will do; more is unpleasant to feet and bad for wood.",
        ),
        Text(
            "Поставьте не больше 45 °C, если проект не требует иного.",
            "Set 45 °C at most, unless the design asks for more.",
        ),
    ),
    "floor_alarm_missing": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "«{name}»: у датчика подачи пола нет верхнего порога.",
            "{name}: the floor's flow sensor has no upper alarm limit.",
        ),
        Text("О застрявшем смесителе никто не узнает.", "Nobody hears of a mixing valve that is stuck."),
        Text("Задайте порог 50–55 °C.", "Set a limit of 50 to 55 °C."),
    ),
    "summer_threshold": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "«{name}»: летний режим от {summer_c:g} °C на улице.",
            "{name}: summer begins at {summer_c:g} °C outside.",
        ),
        Text(
            "Слишком низко — дом остынет осенью; слишком высоко — котёл греет в жару.",
            "Too low and the house cools in autumn; too high and the boiler heats in warm weather.",
        ),
        Text("Обычно 15–20 °C.", "15 to 20 °C is usual."),
    ),
    "timetable_empty": FindingWords(
        FAULT,
        _INSTALLER,
        Text("«{name}»: расписание пустое или неполное.", "{name}: the timetable is empty or incomplete."),
        Text("Контур «{circuit}» останется на прежней уставке.", "{circuit} keeps whatever setpoint it has."),
        Text(
            "Заполните расписание (неделя — семь дней) или уберите его.",
            "Fill it in (a week has seven days), or take it off the circuit.",
        ),
    ),
    "pump_exercise_off": FindingWords(
        ADVICE,
        _INSTALLER,
        Text("«{name}»: прокрутка насоса выключена.", "{name}: the pump's exercise is off."),
        Text("За лето насос может прикипеть.", "It may seize over the summer."),
        Text("Включите прокрутку раз в сутки.", "Have it run once a day."),
    ),
    "frost_alarm_missing": FindingWords(
        ADVICE,
        _INSTALLER,
        Text("Ни у одного датчика воздуха нет нижнего порога.", "No air sensor has a lower alarm limit."),
        Text(
            "Если отопление встанет, об этом скажут лопнувшие трубы.",
            "If the heating stops, burst pipes will be the first to tell.",
        ),
        Text(
            "Задайте порог 5–10 °C хотя бы у одного датчика.",
            "Set a limit of 5 to 10 °C on one sensor at least.",
        ),
    ),
}

HOT_WATER_WORDS: Final = {
    "dhw_scalds": FindingWords(
        DANGER,
        _INSTALLER,
        Text("«{name}»: горячая вода {setpoint_c:g} °C.", "{name}: hot water at {setpoint_c:g} °C."),
        Text("При 65 °C ожог наступает за две секунды.", "At 65 °C it scalds within two seconds."),
        Text(
            "Не выше 60 °C, или поставьте термостатический смеситель.",
            "60 °C at most, or fit a thermostatic mixer.",
        ),
    ),
    "legionella_missing": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "«{name}»: {setpoint_c:g} °C без антилегионеллы.",
            "{name}: {setpoint_c:g} °C without anti-legionella.",
        ),
        Text("Ниже 60 °C в баке размножаются бактерии.", "Below 60 °C bacteria grow in the tank."),
        Text("Включите антилегионеллу раз в неделю.", "Switch anti-legionella on, once a week."),
    ),
    "legionella_too_cold": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "«{name}»: антилегионелла включена, но греть можно только до {highest_c:g} °C.",
            "{name}: anti-legionella is on, but heating ends at {highest_c:g} °C.",
        ),
        Text(
            "До 65 °C бак не дойдёт: прогрев будет идти впустую.",
            "The tank never gets to 65 °C: it heats in vain.",
        ),
        Text(
            "Поднимите предел контура и котла до 70 °C.", "Raise the limits of circuit and boiler to 70 °C."
        ),
    ),
}
