// An application that binds to a centre, by the npm package smpp. See ../scenario.py.
'use strict'

const smpp = require('smpp')

const [host, port, systemId, password, scenario] = process.argv.slice(2)
const { text, menu, phone, code } = JSON.parse(scenario)
const PART = 67
const UCS2 = 8

const tell = (event, facts) => console.log(JSON.stringify({ event, ...facts }))
const octets = value => Buffer.isBuffer(value) ? value : Buffer.from(value.message ?? value)
const hex = (value, width) => Buffer.isBuffer(value)
  ? value.toString('hex')
  : value.toString(16).padStart(2 * width, '0')

// It knows the vendor's tag no more than any other; so it keeps its octets under the number.
const VENDOR = 0x1501

let submitted = 0
let receipts = 0
let answered = false
const session = smpp.connect({ url: `smpp://${host}:${port}` }, () => {
  session.bind_transceiver({ system_id: systemId, password, interface_version: 0x34 }, pdu => {
    tell('bound', { status: pdu.command_status })
    if (pdu.command_status) return session.close()
    const total = Math.ceil(text.length / PART)
    for (let number = 1; number <= total; number++) {
      const udh = Buffer.from([5, 0, 3, 42, total, number])
      const message = text.slice((number - 1) * PART, number * PART)
      session.submit_sm({
        source_addr: code,
        destination_addr: phone,
        esm_class: smpp.ESM_CLASS.UDH_INDICATOR,
        registered_delivery: 1,
        data_coding: UCS2,
        short_message: { udh, message }
      }, pdu => {
        submitted++
        tell('submitted', { status: pdu.command_status, message_id: pdu.message_id })
        done()
      })
    }
  })
})

session.on('deliver_sm', pdu => {
  session.send(pdu.response())
  if (pdu.esm_class & smpp.ESM_CLASS.MC_DELIVERY_RECEIPT) {
    receipts++
    tell('receipt', {
      message_id: pdu.receipted_message_id,
      state: pdu.message_state,
      text: octets(pdu.short_message).toString()
    })
    return done()
  }
  tell('dialled', {
    service_type: pdu.service_type,
    source: pdu.source_addr,
    text: octets(pdu.short_message).toString(),
    parameters: {
      ussd_service_op: hex(pdu.ussd_service_op, 1),
      its_session_info: hex(pdu.its_session_info),
      user_message_reference: hex(pdu.user_message_reference, 2),
      vendor: pdu[VENDOR] ? hex(pdu[VENDOR]) : null
    }
  })
  session.submit_sm({
    service_type: 'USSD',
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    data_coding: UCS2,
    short_message: { message: menu },
    ussd_service_op: 2,
    its_session_info: pdu.its_session_info,
    user_message_reference: pdu.user_message_reference
  }, pdu => {
    answered = true
    tell('answered', { status: pdu.command_status })
    done()
  })
})

session.on('enquire_link', pdu => session.send(pdu.response()))
session.on('error', error => tell('error', { reason: error.message }))

function done () {
  if (!answered || !submitted || receipts < submitted || receipts * PART < text.length) return
  session.unbind(pdu => {
    tell('unbound', { status: pdu.command_status })
    session.close()
  })
}
